// template.h — Jinja templates, as dbt and plain Jinja2 set them up: compiled once, rendered often.
// Why:     models, macros and generated SQL are written in Jinja, and people bring theirs along.
// Holds:   output is that of Jinja2 3.1.6 to the byte (tests/jinja); a name, filter or test that does not
//          exist is an error with template and line, never empty text.
// Limits:  300 macros or includes inside each other; no autoescape, extends or block.
// Threads: render from several at once; the other functions alone.
// See:     docs/decisions/minijinja.md
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace suikei::sql {

/// Answers when a template calls a declared function. `name` is as declared ("ref", "adapter.dispatch"),
/// `args` an array, `kwargs` an object. The answer is any value. In it, and in the context of a render, these
/// objects become more than data:
/// - {"__text__": "`p`.`d`.`t`", "identifier": "t"} prints as the text and has the other keys as attributes;
/// - {"__function__": "name"} is a declared function; {"__method__": "name"}, as an attribute of such a text,
///   is one that gets the object as its first argument;
/// - {"__macro__": "package.name"}, as the whole answer, is that macro, ready to be called.
/// They come back in `args` in the same form. The body of `{% call name() %}` is the kwarg "caller".
/// From several threads at once if render is.
using Call = std::function<Result<Json>(std::string_view name, const Json& args, const Json& kwargs)>;

/// A top-level block of a file: `{% macro name(header) %}body{% endmacro %}`.
struct Block {
  std::string kind;    ///< macro, test, data_test, materialization, snapshot, docs, analysis
  std::string name;    ///< as written in the tag
  std::string header;  ///< the rest of the tag: "(model, column_name)", ", adapter='bigquery'"
  std::string body;
  int line = 0;       ///< of the tag
  int body_line = 0;  ///< where the body begins; what Templates::add takes as `first_line`
};

/// Cuts a file into its blocks; what stands between them is left out. `path` is for messages.
Result<std::vector<Block>> split_blocks(const std::string& path, const std::string& source);

/// What a variable, attribute or item that does not exist is.
enum class Unknown {
  error,  ///< Jinja's StrictUndefined
  empty,  ///< Jinja's default and dbt's: it prints nothing and is false. Some packages of dbt rely on it
};

class Templates {
 public:
  static Result<Templates> create(Unknown unknown = Unknown::error);

  /// Compiles a template, or replaces the one of that name. `config` with "name:line: message" if its
  /// syntax is wrong, or a filter or test in it does not exist. `first_line` is where the source begins in
  /// its file.
  Result<> add(const std::string& name, const std::string& source, int first_line = 1);

  /// Names of functions that render's Call answers; a dotted one is a method of an object of that name.
  void declare(const std::vector<std::string>& functions);

  /// Adds the macros of a file, and forgets what the same path gave before. Each can be called everywhere, by
  /// `package.name` and by its bare name: of several, the one in the caller's own package, then that of the
  /// package that was named first. A test is the macro test_<name>, a materialization
  /// materialization_<name>_<adapter or default>; other blocks are left to split_blocks.
  Result<> add_macros(const std::string& package, const std::string& path, const std::string& source);

  /// Whether there is a macro of that name, bare or dotted: what a Call for adapter.dispatch asks.
  bool has_macro(std::string_view name) const;

  /// `context`, an object, holds the variables that the template and all macros see. Errors begin with
  /// template and line and keep what a failed Call said; `not_found` if there is no such template.
  Result<std::string> render(const std::string& name, const Json& context, const Call& call = {}) const;

 private:
  struct Release {
    void operator()(void* environment) const;
  };
  explicit Templates(void* environment) : environment_(environment) {}

  std::unique_ptr<void, Release> environment_;
};

}  // namespace suikei::sql
