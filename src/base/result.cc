#include "base/result.h"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace suikei {
namespace {
struct KindName {
  ErrorKind kind;
  const char* name;
};
constexpr std::array<KindName, 8> kind_names = {{
    {ErrorKind::usage, "usage"},
    {ErrorKind::config, "config"},
    {ErrorKind::not_found, "not_found"},
    {ErrorKind::denied, "denied"},
    {ErrorKind::unavailable, "unavailable"},
    {ErrorKind::rejected, "rejected"},
    {ErrorKind::corrupt, "corrupt"},
    {ErrorKind::cancelled, "cancelled"},
}};
}  // namespace

const char* name_of(ErrorKind kind) {
  for (const KindName& entry : kind_names) {
    if (entry.kind == kind) return entry.name;
  }
  return "corrupt";
}

ErrorKind error_kind_named(std::string_view name) {
  for (const KindName& entry : kind_names) {
    if (name == entry.name) return entry.kind;
  }
  return ErrorKind::corrupt;
}

Error Error::within(std::string_view place) const {
  return Error{kind, std::string(place) + ": " + message, hint};
}

void die(const char* file, int line, const char* what) {
  std::fprintf(stderr, "suikei: internal error at %s:%d: %s\n", file, line, what);
  std::abort();
}

}  // namespace suikei
