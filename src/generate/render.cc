#include "generate/render.h"

#include <algorithm>
#include <set>

#include "base/hash.h"
#include "base/text.h"
#include "base/time.h"
#include "generate/embedded.gen.h"
#include "io/files.h"
#include "sql/sql.h"

namespace suikei::generate {
namespace {

namespace fs = std::filesystem;
using table::TypeKind;

struct Embedded {
  const char* file;
  const char* source;
};
const Embedded built_in[] = {
    {"cleansing.sql", embedded::templates_cleansing},
    {"cleansing_secret.sql", embedded::templates_cleansing_secret},
    {"cast_failures.sql", embedded::templates_cast_failures},
    {"sources.yml", embedded::templates_sources},
    {"schema.yml", embedded::templates_schema},
    {"all_cast_failures.sql", embedded::templates_all_cast_failures},
    {"suikei_macros.sql", embedded::templates_suikei_macros},
};

/// Reads `{#- suikei: for=table when=wanted to=models/… -#}` from a template's first line.
Result<Template> read_head(const std::string& file, std::string source) {
  Template made;
  made.name = "templates/" + file;
  std::string head = split_first(source, "\n");
  size_t begin = head.find("suikei:");
  if (begin != std::string::npos) {
    for (const std::string& word : split(head.substr(begin + 7), ' ')) {
      if (starts_with(word, "to=")) made.to = word.substr(3);
      if (starts_with(word, "when=")) made.when = word.substr(5);
      if (word == "for=project") made.for_project = true;
    }
  }
  made.source = std::move(source);
  const std::set<std::string> known = {"", "wanted", "secrets", "casts"};
  if (!made.to.empty() && known.contains(made.when)) return made;
  return Error{ErrorKind::config,
               fmt::format("{}:1: the template does not say where its output goes", made.name),
               "its first line is: {#- suikei: for=table when=wanted|secrets|casts "
               "to=models/<layer>/{source}/<name>_{alias}.sql -#}"};
}

bool has_casts(const MergedTable& table) {
  return std::any_of(table.columns.begin(), table.columns.end(),
                     [](const MergedColumn& column) { return column.cast && column.in_cleansing_secret(); });
}

bool applies(const Template& made, const MergedTable& table) {
  if (!table.is_wanted()) return false;
  if (made.when == "secrets") return table.has_secrets();
  if (made.when == "casts") return has_casts(table);
  return true;
}

/// The distance of two zones where it never changes, so that no zone table is needed to apply it.
std::optional<int> fixed_offset(const std::string& from, const std::string& to) {
  constexpr int64_t quarter_us = int64_t{91} * 86400 * 1'000'000;
  std::optional<int> offset;
  for (int64_t at = 0; at < 272 * quarter_us; at += quarter_us) {  // 1970 to 2037
    Result<int> here = zone_offset_seconds(from, at), there = zone_offset_seconds(to, at);
    if (!here.ok() || !there.ok()) return std::nullopt;
    int distance = there.value() - here.value();
    if (offset && *offset != distance) return std::nullopt;
    offset = distance;
  }
  return offset;
}

Json cast_json(const Cast& cast, table::Type from, const sql::Dialect& dialect) {
  Json json = {{"kind", name_of(cast.kind)}, {"type", dialect.type(cast.type)}, {"scale", cast.type.scale},
               {"formats", cast.formats},    {"from_zone", cast.from_zone},     {"to_zone", cast.to_zone},
               {"offset_seconds", nullptr}};
  if (cast.kind == CastKind::zone) {
    bool instant = from.kind == TypeKind::timestamptz;
    std::optional<int> offset = fixed_offset(instant ? "UTC" : cast.from_zone, cast.to_zone);
    if (offset) json["offset_seconds"] = *offset;
  }
  return json;
}

Json column_json(const MergedColumn& column, const sql::Dialect& dialect) {
  TypeKind kind = column.info.type.kind;
  Json json = {{"name", column.info.name},
               {"type", dialect.type(column.info.type)},
               {"cast_type", dialect.type(column.cast_type())},
               {"clean_type", dialect.type(column.clean_type())},
               {"is_text", kind == TypeKind::varchar},
               {"is_instant", kind == TypeKind::timestamp || kind == TypeKind::date},
               {"decision", name_of(column.fate)},
               {"in_cleansing", column.in_cleansing()},
               {"in_cleansing_secret", column.in_cleansing_secret()},
               {"nullable", column.info.nullable},
               {"key", column.info.key},
               {"comment", column.info.comment},
               {"source_type", column.info.source_type},
               {"cast", nullptr},
               {"mask", nullptr}};
  if (column.cast) json["cast"] = cast_json(*column.cast, column.info.type, dialect);
  if (column.mask) {
    json["mask"] = {
        {"kind", name_of(column.mask->kind)}, {"domain", column.mask->domain}, {"value", column.mask->value}};
  }
  return json;
}

/// The rule's order, then every other column: of equal rows it must always be the same one that stays.
Json duplicates_json(const MergedTable& table) {
  Json order = Json::array();
  std::set<std::string> used;
  for (const OrderTerm& term : table.duplicates->order) {
    order.push_back({{"column", term.column}, {"direction", term.descending ? "desc" : "asc"}});
    used.insert(lower(term.column));
  }
  for (const std::string& key : table.duplicates->keys) used.insert(lower(key));
  for (const MergedColumn& column : table.columns) {
    if (!used.insert(lower(column.info.name)).second) continue;
    order.push_back({{"column", column.info.name}, {"direction", "asc"}});
  }
  return {{"partition", table.duplicates->keys}, {"order", std::move(order)}};
}

Json partition_json(const MergedTable& table, const sql::Dialect& dialect) {
  std::string type;
  for (const MergedColumn& column : table.columns) {
    if (lower(column.info.name) == table.partition->key.column) type = dialect.type(column.clean_type());
  }
  return {{"column", table.partition->key.column},
          {"granularity", table.partition->granularity},
          {"data_type", type},
          {"cluster", table.partition->cluster}};
}

Json table_json(const MergedTable& table, const sql::Dialect& dialect) {
  std::set<std::string> domains;
  bool fpe = false;
  for (const MergedColumn& column : table.columns) {
    if (!column.mask || !column.in_cleansing()) continue;
    if (column.mask->kind == MaskKind::hmac) domains.insert(column.mask->domain);
    fpe |= column.mask->kind == MaskKind::fpe;
  }
  Json json = {{"source", table.source},
               {"name", table.info.name},
               {"alias", table.alias},
               {"domains", domains},
               {"fpe", fpe},
               {"has_secrets", table.has_secrets()},
               {"has_casts", has_casts(table)},
               {"duplicates", nullptr},
               {"partition", nullptr}};
  if (table.duplicates) json["duplicates"] = duplicates_json(table);
  if (table.partition) json["partition"] = partition_json(table, dialect);
  return json;
}

std::string filled(std::string path, const MergedTable& table) {
  for (const auto& [mark, value] : {std::pair<std::string_view, std::string>{"{source}", table.source},
                                    std::pair<std::string_view, std::string>{"{table}", table.info.name},
                                    std::pair<std::string_view, std::string>{"{alias}", table.alias}}) {
    for (size_t at = path.find(mark); at != std::string::npos; at = path.find(mark, at + value.size()))
      path.replace(at, mark.size(), value);
  }
  return path;
}

Result<> put(Files& files, const std::string& path, std::string content, const std::string& name) {
  if (!content.empty() && content.back() != '\n') content += '\n';
  if (files.emplace(path, std::move(content)).second) return ok();
  return Error{ErrorKind::config, fmt::format("{}:1: {} would be written twice", name, path),
               "let `to=` hold {alias}, or say for=project"};
}

}  // namespace

Result<std::vector<Template>> find_templates(const fs::path& project) {
  std::map<std::string, std::string> sources;
  for (const Embedded& embedded : built_in) sources[embedded.file] = embedded.source;
  for (const std::string& name : io::entries(project / "templates")) {
    if (name.ends_with(".sql") || name.ends_with(".yml")) {
      sources[name] = TRY(io::read_file(project / "templates" / name));
    }
  }
  std::vector<Template> templates;
  for (auto& [file, source] : sources) templates.push_back(TRY(read_head(file, std::move(source))));
  return templates;
}

Files starting_files() {
  return {{"dbt_project.yml", embedded::templates_dbt_project},
          {"profiles.yml", embedded::templates_profiles}};
}

Result<Files> render(const Merged& merged, const std::vector<Template>& templates,
                     const std::string& dialect_name) {
  sql::Dialect dialect = TRY(sql::dialect_named(dialect_name));
  sql::Templates engine = TRY(sql::Templates::create());
  TRY(engine.add("dialect", dialect.macros));
  for (const Template& made : templates) TRY(engine.add(made.name, made.source));

  Files files;
  Json all = Json::array();
  for (const MergedTable& table : merged.tables) {
    if (!table.is_wanted()) continue;
    Json context = {{"open", "{{"}, {"close", "}}"}, {"dialect", dialect.name}};
    context["table"] = table_json(table, dialect);
    context["columns"] = Json::array();
    for (const MergedColumn& column : table.columns) {
      context["columns"].push_back(column_json(column, dialect));
    }
    for (const Template& made : templates) {
      if (made.for_project || !applies(made, table)) continue;
      Result<std::string> text = engine.render(made.name, context);
      std::string of = fmt::format("table {}.{}", table.source, table.info.name);
      if (!text.ok()) return text.error().within(of);
      TRY(put(files, filled(made.to, table), std::move(text).value(), made.name));
    }
    Json entry = std::move(context["table"]);
    entry["columns"] = std::move(context["columns"]);
    all.push_back(std::move(entry));
  }
  Json context = {{"open", "{{"}, {"close", "}}"}, {"dialect", dialect.name}, {"tables", std::move(all)}};
  for (const Template& made : templates) {
    if (!made.for_project) continue;
    std::string text = TRY(engine.render(made.name, context));
    TRY(put(files, made.to, std::move(text), made.name));
  }
  return files;
}

}  // namespace suikei::generate
