// The C++ side of the interface that src/sql/jinja/src/ffi.rs has the other side of.
#include "sql/template.h"

#include <cstdint>
#include <optional>

namespace suikei::sql {
namespace {

struct Text {
  const char* data;
  size_t size;
};
using Take = void (*)(void* receiver, Text);
using CallHost = bool (*)(void* caller, Text name, Text args, Text kwargs, Take, void* receiver);

extern "C" {
void* suikei_jinja_create(bool unknown_is_empty);
void suikei_jinja_destroy(void* environment);
int32_t suikei_jinja_add(void* environment, Text name, Text source, uint32_t lines_before, Take,
                         void* receiver);
int32_t suikei_jinja_add_macros(void* environment, Text package, Text path, Text source, Take,
                                void* receiver);
void suikei_jinja_declare(void* environment, Text name);
bool suikei_jinja_has_macro(const void* environment, Text name);
int32_t suikei_jinja_render(const void* environment, Text name, Text context, CallHost, void* caller, Take,
                            void* receiver);
int32_t suikei_jinja_split(Text path, Text source, Take, void* receiver);
}

enum class Outcome { done = 0, wrong = 1, not_found = 2, call_failed = 3, bug = 4 };

Text text(std::string_view view) {
  return {view.data(), view.size()};
}

std::string_view view(Text text) {
  return {text.data, text.size};
}

void keep(void* receiver, Text text) {
  static_cast<std::string*>(receiver)->append(view(text));
}

/// The error of an outcome. Its text is the place, a zero byte, and the message.
Error error_of(Outcome outcome, const std::string& said, const std::optional<Error>& call_error) {
  size_t end = said.find('\0');
  std::string place = said.substr(0, end);
  std::string message = end == std::string::npos ? "" : said.substr(end + 1);
  Error error{ErrorKind::config, message, ""};
  if (outcome == Outcome::call_failed && call_error) error = *call_error;
  if (outcome == Outcome::not_found) error.kind = ErrorKind::not_found;
  if (outcome == Outcome::bug) error.kind = ErrorKind::corrupt;
  return place.empty() ? error : error.within(place);
}

Result<std::string> answered(int32_t code, std::string said, const std::optional<Error>& call_error = {}) {
  Outcome outcome{code};
  if (outcome == Outcome::done) return said;
  return error_of(outcome, said, call_error);
}

/// Bytes that are not UTF-8 make the JSON library throw.
Result<std::string> dump(const Json& value, std::string_view what) {
  try {
    return value.dump();
  } catch (const Json::exception&) {
    return Error{ErrorKind::config, std::string(what) + " holds text that is not UTF-8", ""};
  }
}

struct Rendering {
  const Call& call;
  std::optional<Error> failed;
};

Result<std::string> call_function(const Call& call, Text name, Text args, Text kwargs) {
  if (!call) {
    return Error{ErrorKind::config, "'" + std::string(view(name)) + "' cannot be called here", ""};
  }
  Json arguments = TRY(parse_json(view(args)));
  Json named = TRY(parse_json(view(kwargs)));
  Json value = TRY(call(view(name), arguments, named));
  return dump(value, "the answer of '" + std::string(view(name)) + "'");
}

bool call_host(void* caller, Text name, Text args, Text kwargs, Take take, void* receiver) {
  auto* rendering = static_cast<Rendering*>(caller);
  Result<std::string> answer = call_function(rendering->call, name, args, kwargs);
  if (!answer) {
    rendering->failed = answer.error();
    return false;
  }
  take(receiver, text(answer.value()));
  return true;
}

}  // namespace

Result<std::vector<Block>> split_blocks(const std::string& path, const std::string& source) {
  std::string said;
  int32_t code = suikei_jinja_split(text(path), text(source), keep, &said);
  std::string answer = TRY(answered(code, std::move(said)));
  Json found = TRY(parse_json(answer));
  std::vector<Block> blocks;
  for (const Json& each : found) {
    blocks.push_back(
        {each["kind"], each["name"], each["header"], each["body"], each["line"], each["body_line"]});
  }
  return blocks;
}

Result<Templates> Templates::create(Unknown unknown) {
  return Templates(suikei_jinja_create(unknown == Unknown::empty));
}

void Templates::Release::operator()(void* environment) const {
  suikei_jinja_destroy(environment);
}

Result<> Templates::add(const std::string& name, const std::string& source, int first_line) {
  std::string said;
  auto lines_before = static_cast<uint32_t>(first_line - 1);
  int32_t code = suikei_jinja_add(environment_.get(), text(name), text(source), lines_before, keep, &said);
  TRY(answered(code, std::move(said)));
  return ok();
}

void Templates::declare(const std::vector<std::string>& functions) {
  for (const std::string& name : functions) suikei_jinja_declare(environment_.get(), text(name));
}

Result<> Templates::add_macros(const std::string& package, const std::string& path,
                               const std::string& source) {
  std::string said;
  int32_t code =
      suikei_jinja_add_macros(environment_.get(), text(package), text(path), text(source), keep, &said);
  TRY(answered(code, std::move(said)));
  return ok();
}

bool Templates::has_macro(std::string_view name) const {
  return suikei_jinja_has_macro(environment_.get(), text(name));
}

Result<std::string> Templates::render(const std::string& name, const Json& context, const Call& call) const {
  std::string variables = TRY(dump(context, "the context"));
  Rendering rendering{call, {}};
  std::string said;
  int32_t code = suikei_jinja_render(environment_.get(), text(name), text(variables), call_host, &rendering,
                                     keep, &said);
  return answered(code, std::move(said), rendering.failed);
}

}  // namespace suikei::sql
