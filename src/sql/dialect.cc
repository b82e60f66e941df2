#include "sql/dialect.h"

#include "base/text.h"
#include "sql/embedded.gen.h"

namespace suikei::sql {
namespace {

struct Embedded {
  const char* name;
  const char* macros;
  const char* types;
};
const Embedded dialects[] = {
    {"duckdb", embedded::dialects_duckdb_macros, embedded::dialects_duckdb_types},
    {"bigquery", embedded::dialects_bigquery_macros, embedded::dialects_bigquery_types},
};

}  // namespace

std::string Dialect::type(table::Type type) const {
  std::string own = table::sql_name(type);
  std::string spelled = types.value(split_first(own, "("), own);
  for (const auto& [mark, value] : {std::pair<std::string_view, int>{"{precision}", type.precision},
                                    std::pair<std::string_view, int>{"{scale}", type.scale}}) {
    size_t at = spelled.find(mark);
    if (at != std::string::npos) spelled.replace(at, mark.size(), std::to_string(value));
  }
  return spelled;
}

Result<Dialect> dialect_named(const std::string& name) {
  for (const Embedded& embedded : dialects) {
    if (name != embedded.name) continue;
    Json types = TRY(parse_json(embedded.types));
    return Dialect{name, embedded.macros, std::move(types)};
  }
  return Error{ErrorKind::config, fmt::format("there is no SQL dialect `{}`", name),
               "one of: " + join(dialect_names(), ", ")};
}

std::vector<std::string> dialect_names() {
  std::vector<std::string> names;
  for (const Embedded& embedded : dialects) names.emplace_back(embedded.name);
  return names;
}

}  // namespace suikei::sql
