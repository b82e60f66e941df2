// result.h — errors as values.
// Why:    one failed table of millions is expected, so failure travels as data, not as an exception.
// Holds:  a Result is either a value or an Error; ignoring one does not compile (nodiscard).
// See:    CONTRIBUTING.md, "Errors"
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/check.h"

namespace suikei {

/// What the caller can do about a failure; nothing more than that.
enum class ErrorKind {
  usage,        ///< fix the command
  config,       ///< fix the file
  not_found,    ///< the thing named does not exist
  denied,       ///< a right is missing
  unavailable,  ///< retry later
  rejected,     ///< bad data: skip and record
  corrupt,      ///< stop: what is stored contradicts itself
  cancelled,    ///< the user asked to stop
};

/// The name used in the ledger and in --json, for example "unavailable".
const char* name_of(ErrorKind kind);
/// The inverse of name_of; anything unknown is `corrupt`.
ErrorKind error_kind_named(std::string_view name);

struct Error {
  ErrorKind kind = ErrorKind::corrupt;
  std::string message;  ///< lower case, no full stop; the value seen and the value expected
  std::string hint;     ///< the remedy, may be empty

  /// The same error told with the place in front: "shard s01: …".
  Error within(std::string_view place) const;
};

struct Void {};

template <typename T = Void>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    CHECK(ok());
    return std::get<0>(state_);
  }
  const T& value() const& {
    CHECK(ok());
    return std::get<0>(state_);
  }
  T&& value() && {
    CHECK(ok());
    return std::get<0>(std::move(state_));
  }
  const Error& error() const {
    CHECK(!ok());
    return std::get<1>(state_);
  }
  /// Names the place on the error path; a value passes through.
  Result within(std::string_view place) && {
    if (ok()) return std::move(*this);
    return error().within(place);
  }

 private:
  std::variant<T, Error> state_;
};

inline Result<> ok() {
  return Void{};
}

}  // namespace suikei

/// Unwraps a Result or returns its Error from the enclosing function.
/// Only as a whole statement or a whole initialiser: inside a braced aggregate g++ 12 never destroys
/// the parts that were already built.
#define TRY(expression)                                             \
  ({                                                                \
    auto&& suikei_result_ = (expression);                           \
    if (!suikei_result_.ok()) return suikei_result_.error();        \
    std::forward<decltype(suikei_result_)>(suikei_result_).value(); \
  })

/// Unwraps a Result whose failure would be a bug of ours.
#define MUST(expression)                                                         \
  ({                                                                             \
    auto&& suikei_result_ = (expression);                                        \
    if (!suikei_result_.ok()) {                                                  \
      ::suikei::die(__FILE__, __LINE__, suikei_result_.error().message.c_str()); \
    }                                                                            \
    std::forward<decltype(suikei_result_)>(suikei_result_).value();              \
  })
