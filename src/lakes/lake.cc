#include "lakes/lake.h"

#include "engine/engine.h"

#include "base/text.h"

namespace suikei::lakes {
namespace {

Json to_json(const table::ColumnStatistics& column) {
  auto or_null = [](const auto& value) { return value ? Json(*value) : Json(nullptr); };
  return Json::array({column.column, column.bytes, column.values, column.nulls, or_null(column.min),
                      or_null(column.max), or_null(column.has_nan)});
}

bool is_text_or_null(const Json& json) {
  return json.is_null() || json.is_string();
}

std::optional<table::ColumnStatistics> column_from_json(const Json& json) {
  if (!json.is_array() || json.size() != 7 || !json[0].is_string() || !json[1].is_number_integer() ||
      !json[2].is_number_integer() || !json[3].is_number_integer() || !is_text_or_null(json[4]) ||
      !is_text_or_null(json[5]) || !(json[6].is_null() || json[6].is_boolean())) {
    return std::nullopt;
  }
  table::ColumnStatistics column;
  column.column = json[0].get<std::string>();
  column.bytes = json[1].get<int64_t>();
  column.values = json[2].get<int64_t>();
  column.nulls = json[3].get<int64_t>();
  if (json[4].is_string()) column.min = json[4].get<std::string>();
  if (json[5].is_string()) column.max = json[5].get<std::string>();
  if (json[6].is_boolean()) column.has_nan = json[6].get<bool>();
  return column;
}

}  // namespace

Json to_json(const StagedFile& file) {
  Json columns = Json::array();
  for (const table::ColumnStatistics& column : file.columns) columns.push_back(to_json(column));
  return Json{{"path", file.path},
              {"rows", file.rows},
              {"bytes", file.bytes},
              {"footer_bytes", file.footer_bytes},
              {"schema", table::to_json(file.schema)},
              {"columns", std::move(columns)}};
}

Result<StagedFile> staged_file_from_json(const Json& json) {
  Error broken{ErrorKind::corrupt, "not a staged file: " + json.dump().substr(0, 200), ""};
  if (!json.is_object()) return broken;
  auto integer = [&](const char* key) { return json.contains(key) && json[key].is_number_integer(); };
  if (!json.contains("path") || !json["path"].is_string() || !integer("rows") || !integer("bytes") ||
      !integer("footer_bytes") || !json.contains("schema") || !json.contains("columns") ||
      !json["columns"].is_array()) {
    return broken;
  }
  StagedFile file;
  file.path = json["path"].get<std::string>();
  file.rows = json["rows"].get<int64_t>();
  file.bytes = json["bytes"].get<int64_t>();
  file.footer_bytes = json["footer_bytes"].get<int64_t>();
  file.schema = TRY(table::schema_from_json(json["schema"]));
  for (const Json& entry : json["columns"]) {
    std::optional<table::ColumnStatistics> column = column_from_json(entry);
    if (!column) return broken;
    file.columns.push_back(std::move(*column));
  }
  return file;
}

std::string sql_name(std::string_view name) {
  return engine::quote_name(name);
}
std::string sql_text(std::string_view text) {
  return engine::quote_text(text);
}

}  // namespace suikei::lakes
