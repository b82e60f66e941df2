#include "engine/convert.h"

#include "base/text.h"

namespace suikei::engine {
namespace {

using table::Type;
using table::TypeKind;

struct KindPair {
  TypeKind kind;
  duckdb_type type;
};
constexpr KindPair kind_pairs[] = {
    {TypeKind::boolean, DUCKDB_TYPE_BOOLEAN},     {TypeKind::integer, DUCKDB_TYPE_INTEGER},
    {TypeKind::bigint, DUCKDB_TYPE_BIGINT},       {TypeKind::decimal, DUCKDB_TYPE_DECIMAL},
    {TypeKind::real, DUCKDB_TYPE_DOUBLE},         {TypeKind::date, DUCKDB_TYPE_DATE},
    {TypeKind::timestamp, DUCKDB_TYPE_TIMESTAMP}, {TypeKind::timestamptz, DUCKDB_TYPE_TIMESTAMP_TZ},
    {TypeKind::varchar, DUCKDB_TYPE_VARCHAR},     {TypeKind::blob, DUCKDB_TYPE_BLOB},
};

const char* plain_name(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_TINYINT:
      return "TINYINT";
    case DUCKDB_TYPE_SMALLINT:
      return "SMALLINT";
    case DUCKDB_TYPE_UTINYINT:
      return "UTINYINT";
    case DUCKDB_TYPE_USMALLINT:
      return "USMALLINT";
    case DUCKDB_TYPE_UINTEGER:
      return "UINTEGER";
    case DUCKDB_TYPE_UBIGINT:
      return "UBIGINT";
    case DUCKDB_TYPE_HUGEINT:
      return "HUGEINT";
    case DUCKDB_TYPE_UHUGEINT:
      return "UHUGEINT";
    case DUCKDB_TYPE_FLOAT:
      return "FLOAT";
    case DUCKDB_TYPE_TIME:
      return "TIME";
    case DUCKDB_TYPE_INTERVAL:
      return "INTERVAL";
    case DUCKDB_TYPE_UUID:
      return "UUID";
    case DUCKDB_TYPE_STRUCT:
      return "STRUCT";
    case DUCKDB_TYPE_LIST:
      return "LIST";
    case DUCKDB_TYPE_MAP:
      return "MAP";
    default:
      return "OTHER";
  }
}

std::optional<Type> our_type(duckdb_logical_type type) {
  duckdb_type id = duckdb_get_type_id(type);
  for (const KindPair& pair : kind_pairs) {
    if (pair.type != id) continue;
    if (pair.kind == TypeKind::decimal) {
      return table::decimal_type(duckdb_decimal_width(type), duckdb_decimal_scale(type));
    }
    return Type{pair.kind};
  }
  return std::nullopt;
}

std::string_view text_at(duckdb_vector vector, idx_t row) {
  auto* strings = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector));
  return {duckdb_string_t_data(&strings[row]), duckdb_string_t_length(strings[row])};
}

table::Int128 decimal_at(duckdb_vector vector, Type type, idx_t row) {
  void* data = duckdb_vector_get_data(vector);
  if (type.precision <= 4) return static_cast<int16_t*>(data)[row];
  if (type.precision <= 9) return static_cast<int32_t*>(data)[row];
  if (type.precision <= 18) return static_cast<int64_t*>(data)[row];
  duckdb_hugeint value = static_cast<duckdb_hugeint*>(data)[row];
  return static_cast<table::Int128>(value.upper) << 64 | value.lower;
}

void copy_column(duckdb_vector vector, idx_t rows, table::ColumnBuffer& column) {
  uint64_t* validity = duckdb_vector_get_validity(vector);
  void* data = duckdb_vector_get_data(vector);
  Type type = column.type();
  for (idx_t row = 0; row < rows; ++row) {
    if (validity && !duckdb_validity_row_is_valid(validity, row)) {
      column.append_null();
      continue;
    }
    switch (type.kind) {
      case TypeKind::boolean:
        column.append(static_cast<uint8_t>(static_cast<bool*>(data)[row]));
        break;
      case TypeKind::integer:
      case TypeKind::date:
        column.append(static_cast<int32_t*>(data)[row]);
        break;
      case TypeKind::bigint:
      case TypeKind::timestamp:
      case TypeKind::timestamptz:
        column.append(static_cast<int64_t*>(data)[row]);
        break;
      case TypeKind::real:
        column.append(static_cast<double*>(data)[row]);
        break;
      case TypeKind::decimal:
        column.append(decimal_at(vector, type, row));
        break;
      case TypeKind::varchar:
      case TypeKind::blob:
        column.append_bytes(text_at(vector, row));
        break;
    }
  }
}

/// "name" or name, as COPY's statistics spell a column, to name.
std::string unquoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string(text);
  std::string name;
  for (size_t i = 1; i + 1 < text.size(); ++i) {
    name += text[i];
    if (text[i] == '"') ++i;
  }
  return name;
}

/// One column's entry of the statistics: MAP(VARCHAR, VARCHAR) at list row `row`.
table::ColumnStatistics column_statistics(std::string name, duckdb_vector map, idx_t row) {
  table::ColumnStatistics statistics;
  statistics.column = std::move(name);
  auto* lists = static_cast<duckdb_list_entry*>(duckdb_vector_get_data(map));
  duckdb_vector pairs = duckdb_list_vector_get_child(map);
  duckdb_vector keys = duckdb_struct_vector_get_child(pairs, 0);
  duckdb_vector values = duckdb_struct_vector_get_child(pairs, 1);
  uint64_t* valid = duckdb_vector_get_validity(values);
  for (idx_t i = lists[row].offset; i < lists[row].offset + lists[row].length; ++i) {
    if (valid && !duckdb_validity_row_is_valid(valid, i)) continue;
    std::string_view key = text_at(keys, i);
    std::string value(text_at(values, i));
    if (key == "column_size_bytes") statistics.bytes = std::atoll(value.c_str());
    if (key == "num_values") statistics.values = std::atoll(value.c_str());
    if (key == "null_count") statistics.nulls = std::atoll(value.c_str());
    if (key == "min") statistics.min = value;
    if (key == "max") statistics.max = value;
    if (key == "has_nan") statistics.has_nan = value == "true";
  }
  return statistics;
}

}  // namespace

duckdb_logical_type fed_type(Type type) {
  if (type.kind == TypeKind::decimal) return duckdb_create_decimal_type(type.precision, type.scale);
  if (type.kind == TypeKind::boolean) return duckdb_create_logical_type(DUCKDB_TYPE_UTINYINT);
  for (const KindPair& pair : kind_pairs) {
    if (pair.kind == type.kind) return duckdb_create_logical_type(pair.type);
  }
  die(__FILE__, __LINE__, "type kind unknown to the engine");
}

std::string describe_type(duckdb_logical_type type) {
  if (std::optional<Type> ours = our_type(type)) return table::sql_name(*ours);
  return plain_name(duckdb_get_type_id(type));
}

Result<table::Schema> schema_of(duckdb_result* answer) {
  table::Schema schema;
  for (idx_t i = 0; i < duckdb_column_count(answer); ++i) {
    duckdb_logical_type type = duckdb_column_logical_type(answer, i);
    std::optional<Type> ours = our_type(type);
    std::string described = describe_type(type);
    duckdb_destroy_logical_type(&type);
    std::string name = duckdb_column_name(answer, i);
    if (!ours) {
      return Error{ErrorKind::rejected,
                   fmt::format("column {} has type {}, which cannot be scanned", name, described),
                   "cast it in the query"};
    }
    schema.columns.push_back({std::move(name), *ours, ""});
  }
  return schema;
}

void copy_chunk(duckdb_data_chunk chunk, table::Batch& batch) {
  batch.clear();
  idx_t rows = duckdb_data_chunk_get_size(chunk);
  for (idx_t i = 0; i < batch.width(); ++i)
    copy_column(duckdb_data_chunk_get_vector(chunk, i), rows, batch.column(i));
  for (idx_t row = 0; row < rows; ++row) batch.row_done(0);
}

Result<ParquetFile> read_parquet_statistics(duckdb_result* answer) {
  ParquetFile file;
  while (duckdb_data_chunk chunk = duckdb_fetch_chunk(*answer)) {
    for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk); ++row) {
      for (idx_t i = 0; i < duckdb_column_count(answer); ++i) {
        std::string name = duckdb_column_name(answer, i);
        duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, i);
        if (name == "count" || name == "file_size_bytes") {
          auto value = static_cast<int64_t>(static_cast<uint64_t*>(duckdb_vector_get_data(vector))[row]);
          (name == "count" ? file.rows : file.bytes) += value;
        } else if (name == "footer_size_bytes") {
          file.footer_bytes =
              static_cast<int64_t>(static_cast<uint64_t*>(duckdb_vector_get_data(vector))[row]);
        } else if (name == "column_statistics") {
          auto* lists = static_cast<duckdb_list_entry*>(duckdb_vector_get_data(vector));
          duckdb_vector pairs = duckdb_list_vector_get_child(vector);
          duckdb_vector keys = duckdb_struct_vector_get_child(pairs, 0);
          duckdb_vector maps = duckdb_struct_vector_get_child(pairs, 1);
          for (idx_t at = lists[row].offset; at < lists[row].offset + lists[row].length; ++at) {
            file.columns.push_back(column_statistics(unquoted(text_at(keys, at)), maps, at));
          }
        }
      }
    }
    duckdb_destroy_data_chunk(&chunk);
  }
  return file;
}

}  // namespace suikei::engine
