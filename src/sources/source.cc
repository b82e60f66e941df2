#include "sources/source.h"

namespace suikei::sources {

table::Schema Shape::schema() const {
  table::Schema schema;
  for (const ShapeColumn& column : columns) schema.columns.push_back({column.name, column.type, column.note});
  return schema;
}

Json to_json(const Shape& shape) {
  Json columns = Json::array();
  for (const ShapeColumn& column : shape.columns) {
    Json entry = {
        {"name", column.name}, {"source_type", column.source_type}, {"type", table::sql_name(column.type)}};
    auto put = [&](const char* key, const std::string& value) {
      if (!value.empty()) entry[key] = value;
    };
    put("note", column.note);
    put("comment", column.comment);
    put("default", column.default_value);
    put("collation", column.collation);
    put("members", column.members);
    entry["nullable"] = column.nullable;
    if (column.key) entry["key"] = true;
    if (column.invisible) entry["invisible"] = true;
    if (column.generated) entry["generated"] = true;
    columns.push_back(std::move(entry));
  }
  return {{"fingerprint", shape.fingerprint}, {"star", shape.star},         {"select", shape.select_list},
          {"extra", shape.extra_columns},     {"detailed", shape.detailed}, {"indexes", shape.indexes},
          {"columns", std::move(columns)}};
}

Result<Shape> shape_from_json(const Json& json) {
  Shape shape;
  try {
    shape.fingerprint = json.at("fingerprint");
    shape.star = json.at("star");
    shape.select_list = json.at("select");
    shape.extra_columns = json.at("extra");
    shape.detailed = json.at("detailed");
    shape.indexes = json.at("indexes").get<std::vector<std::string>>();
    for (const Json& entry : json.at("columns")) {
      ShapeColumn& column = shape.columns.emplace_back();
      column.name = entry.at("name");
      column.source_type = entry.at("source_type");
      std::optional<table::Type> type = table::parse_type(entry.at("type").get<std::string>());
      if (!type) return Error{ErrorKind::corrupt, "unknown type in a shape: " + entry.dump(), ""};
      column.type = *type;
      column.note = entry.value("note", "");
      column.comment = entry.value("comment", "");
      column.default_value = entry.value("default", "");
      column.collation = entry.value("collation", "");
      column.members = entry.value("members", "");
      column.nullable = entry.value("nullable", true);
      column.key = entry.value("key", false);
      column.invisible = entry.value("invisible", false);
      column.generated = entry.value("generated", false);
    }
  } catch (const nlohmann::json::exception& problem) {
    return Error{ErrorKind::corrupt, std::string("not a shape: ") + problem.what(), ""};
  }
  return shape;
}

}  // namespace suikei::sources
