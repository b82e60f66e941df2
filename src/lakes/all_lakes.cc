// all_lakes.cc — the list of lakes. Explicit: a static archive would drop what registers itself.

#include "base/text.h"
#include "lakes/ducklake/ducklake_lake.h"
#include "lakes/lake.h"

namespace suikei::lakes {
namespace {

struct Kind {
  const char* name;
  Result<std::unique_ptr<Lake>> (*open)(const LakeOptions&, LakeAccess);
};
constexpr Kind kinds[] = {
    {"ducklake", ducklake::open_ducklake},
};

}  // namespace

std::vector<std::string> lake_kinds() {
  std::vector<std::string> names;
  for (const Kind& kind : kinds) names.emplace_back(kind.name);
  return names;
}

Result<std::unique_ptr<Lake>> open_lake(const LakeOptions& options, LakeAccess access) {
  for (const Kind& kind : kinds) {
    // A project file that names no kind means the first.
    if (options.kind == kind.name || options.kind.empty()) return kind.open(options, access);
  }
  std::string close = nearest(options.kind, lake_kinds());
  return Error{
      ErrorKind::config, fmt::format("there is no lake of kind `{}`", options.kind),
      close.empty() ? "one of: " + join(lake_kinds(), ", ") : fmt::format("did you mean `{}`?", close)};
}

}  // namespace suikei::lakes
