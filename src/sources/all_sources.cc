// Every kind of source, in one explicit list: a static archive drops what registers itself.
#include "sources/mysql/mysql_shard.h"
#include "sources/source.h"

#include "base/text.h"

namespace suikei::sources {
namespace {

struct Kind {
  const char* name;
  std::unique_ptr<Shard> (*make)(const config::Source&, const config::Shard&);
};
constexpr Kind kinds[] = {
    {"mysql", mysql::make_mysql_shard},
};

}  // namespace

std::vector<std::string> source_kinds() {
  std::vector<std::string> names;
  for (const Kind& kind : kinds) names.emplace_back(kind.name);
  return names;
}

Result<std::unique_ptr<Shard>> make_shard(const config::Source& source, const config::Shard& shard) {
  for (const Kind& kind : kinds) {
    if (source.kind == kind.name) return kind.make(source, shard);
  }
  return Error{ErrorKind::config,
               fmt::format("source {} has the unknown kind `{}`", source.name, source.kind),
               "write one of: " + join(source_kinds(), ", ")};
}

}  // namespace suikei::sources
