#include "generate/describe.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "sources/source.h"

namespace suikei::generate {
namespace {

/// A shape with the number of tables that have it, the most common first.
struct CountedShape {
  Json columns;
  int64_t tables = 0;
};

std::string text_of(const Json& column, const char* key) {
  return column.is_object() ? column.value(key, std::string()) : std::string();
}

const Json* find_column(const Json& columns, const std::string& name) {
  for (const Json& column : columns) {
    if (lower(text_of(column, "name")) == lower(name)) return &column;
  }
  return nullptr;
}

/// In how many tables a column is missing or declared in another way than in most.
std::string drift_of(const std::vector<CountedShape>& shapes, const std::string& name,
                     const std::string& usual) {
  int64_t total = 0, missing = 0;
  std::map<std::string, int64_t> others;
  for (const CountedShape& shape : shapes) {
    total += shape.tables;
    const Json* column = find_column(shape.columns, name);
    if (!column) {
      missing += shape.tables;
    } else if (std::string type = text_of(*column, "source_type"); type != usual) {
      others[type] += shape.tables;
    }
  }
  std::vector<std::string> parts;
  if (missing > 0) parts.push_back(fmt::format("missing in {} of {} tables", missing, total));
  for (const auto& [type, tables] : others) parts.push_back(fmt::format("{} in {}", type, tables));
  return join(parts, "; ");
}

ColumnInfo column_of(const std::vector<CountedShape>& shapes, const std::string& name, table::Type type) {
  ColumnInfo info;
  info.name = name;
  info.type = type;
  for (const CountedShape& shape : shapes) {
    const Json* column = find_column(shape.columns, name);
    if (!column) continue;
    info.source_type = text_of(*column, "source_type");
    info.nullable = column->value("nullable", true);
    info.key = column->value("key", false);
    info.collation = text_of(*column, "collation");
    info.members = text_of(*column, "members");
    info.comment = text_of(*column, "comment");
    break;
  }
  info.drift = drift_of(shapes, name, info.source_type);
  return info;
}

/// Columns by name: as the lake has them, else as the shapes declare them, the most common shape first.
std::vector<ColumnInfo> columns_of(const std::vector<CountedShape>& shapes,
                                   const std::optional<table::Schema>& lake) {
  std::vector<ColumnInfo> columns;
  if (lake) {
    for (const table::Column& column : lake->columns) {
      bool ours = starts_with(column.name, "_");
      if (!ours) columns.push_back(column_of(shapes, column.name, column.type));
    }
    return columns;
  }
  std::set<std::string> seen;
  for (const CountedShape& shape : shapes) {
    for (const Json& column : shape.columns) {
      std::string name = text_of(column, "name");
      std::optional<table::Type> type = table::parse_type(text_of(column, "type"));
      if (type && seen.insert(lower(name)).second) columns.push_back(column_of(shapes, name, *type));
    }
  }
  return columns;
}

void take_profile(Metadata& metadata, const Metadata& before) {
  std::map<std::pair<std::string, std::string>, const ColumnInfo*> known;
  for (const TableInfo& table : before.tables) {
    for (const ColumnInfo& column : table.columns) known[{table.name, column.name}] = &column;
  }
  for (TableInfo& table : metadata.tables) {
    for (ColumnInfo& column : table.columns) {
      auto found = known.find({table.name, column.name});
      if (found == known.end()) continue;
      column.null_share = found->second->null_share;
      column.distinct = found->second->distinct;
    }
  }
}

/// Shapes of one physical table per logical table and shard, enough to know what there is.
Result<> look_at_shard(sources::Shard& shard, config::RuleMatcher& matcher,
                       std::map<std::string, TableInfo>& tables,
                       std::map<std::string, std::map<std::string, CountedShape>>& shapes) {
  constexpr size_t samples_max = 3;  // most drift shows in the first, a middle and the last
  std::map<std::string, std::vector<sources::ListedTable>> members;
  for (sources::ListedTable& listed : TRY(shard.list())) {
    config::RuleMatch match = matcher.match(listed.database, listed.table);
    if (match.wanted()) members[match.logical].push_back(std::move(listed));
  }
  std::unique_ptr<sources::Reader> reader = TRY(shard.open_reader());
  for (auto& [logical, all] : members) {
    TableInfo& table = tables[logical];
    table.name = logical;
    table.tables += static_cast<int64_t>(all.size());
    std::vector<sources::ListedTable> sample;
    for (size_t i = 0; i < samples_max; ++i) {
      size_t at = i * (all.size() - 1) / (samples_max - 1);
      if (i == 0 || at != (i - 1) * (all.size() - 1) / (samples_max - 1)) sample.push_back(all[at]);
    }
    for (Result<sources::Shape>& shape : TRY(reader->shapes_of(sample))) {
      if (!shape.ok()) continue;
      CountedShape& counted = shapes[logical][shape.value().fingerprint];
      counted.columns = sources::to_json(shape.value()).at("columns");
      ++counted.tables;
    }
  }
  return ok();
}

}  // namespace

Result<Metadata> describe(ledger::Ledger& ledger, lakes::Lake& lake, const config::Source& source,
                          const Metadata& before) {
  std::map<std::string, TableInfo> tables;
  for (const ledger::StateCount& count : TRY(ledger.counts(source.name))) {
    TableInfo& table = tables[count.logical];
    table.name = count.logical;
    table.tables += count.tables;
    table.rows += count.rows;
    if (count.state != ledger::TableState::current) table.not_current += count.tables;
  }
  Metadata metadata;
  metadata.source = source.name;
  for (auto& [name, table] : tables) {
    std::vector<CountedShape> shapes;
    for (ledger::DriftedShape& shape : TRY(ledger.shapes(source.name, name))) {
      shapes.push_back({std::move(shape.columns), shape.tables});
    }
    table.shapes = static_cast<int64_t>(shapes.size());
    table.columns = columns_of(shapes, TRY(lake.find_table({"lake_" + source.name, name})));
    metadata.tables.push_back(std::move(table));
  }
  take_profile(metadata, before);
  return metadata;
}

Result<Metadata> describe_source(const config::Source& source) {
  config::RuleMatcher matcher = TRY(config::RuleMatcher::compile(source.tables));
  std::map<std::string, TableInfo> tables;
  std::map<std::string, std::map<std::string, CountedShape>> shapes;
  for (const config::Shard& config : source.shards) {
    std::unique_ptr<sources::Shard> shard = TRY(sources::make_shard(source, config));
    TRY(shard->check().within("shard " + config.name));
    TRY(look_at_shard(*shard, matcher, tables, shapes).within("shard " + config.name));
  }
  Metadata metadata;
  metadata.source = source.name;
  for (auto& [name, table] : tables) {
    std::vector<CountedShape> sorted;
    for (auto& [fingerprint, shape] : shapes[name]) sorted.push_back(std::move(shape));
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const CountedShape& a, const CountedShape& b) { return a.tables > b.tables; });
    table.shapes = static_cast<int64_t>(sorted.size());
    table.columns = columns_of(sorted, std::nullopt);
    metadata.tables.push_back(std::move(table));
  }
  return metadata;
}

Result<> profile(lakes::Lake& lake, Metadata& metadata) {
  for (TableInfo& table : metadata.tables) {
    lakes::TableName name{"lake_" + metadata.source, table.name};
    if (table.columns.empty() || !TRY(lake.find_table(name))) continue;
    std::string sql = "SELECT count(*)";
    for (const ColumnInfo& column : table.columns) {
      sql += fmt::format(", count({0}), approx_count_distinct({0})", lakes::sql_name(column.name));
    }
    sql += fmt::format(" FROM {}.{}", lakes::sql_name(name.dataset), lakes::sql_name(name.table));
    table::Rows answer = TRY(lake.query(sql));
    auto number = [&](size_t at) { return std::atoll(answer.rows.at(0)[at].value_or("0").c_str()); };
    auto rows = static_cast<double>(number(0));
    for (size_t i = 0; i < table.columns.size(); ++i) {
      ColumnInfo& column = table.columns[i];
      column.null_share.reset();
      if (rows > 0) column.null_share = 1 - static_cast<double>(number(1 + 2 * i)) / rows;
      column.distinct = number(2 + 2 * i);
    }
  }
  return ok();
}

}  // namespace suikei::generate
