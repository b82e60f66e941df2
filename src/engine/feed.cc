#include "engine/feed.h"

#include "engine/convert.h"
#include "table/arrow.h"

namespace suikei::engine {
namespace {

Feed* bound_feed(duckdb_bind_info info) {
  duckdb_value address = duckdb_bind_get_parameter(info, 0);
  auto* feed = reinterpret_cast<Feed*>(duckdb_get_uint64(address));
  duckdb_destroy_value(&address);
  return feed;
}

void bind(duckdb_bind_info info) {
  Feed* feed = bound_feed(info);
  for (const table::Column& column : feed->schema().columns) {
    duckdb_logical_type type = fed_type(column.type);
    duckdb_bind_add_result_column(info, column.name.c_str(), type);
    duckdb_destroy_logical_type(&type);
  }
  duckdb_bind_set_bind_data(info, feed, nullptr);
}

void init(duckdb_init_info info) {
  duckdb_init_set_max_threads(info, 1);
}  // row order is the caller's

void produce(duckdb_function_info info, duckdb_data_chunk output) {
  auto* feed = static_cast<Feed*>(duckdb_function_get_bind_data(info));
  if (!feed->fill(output)) duckdb_function_set_error(info, feed->error()->message.c_str());
}

Error error_from(duckdb_error_data data) {
  Error error{ErrorKind::corrupt, duckdb_error_data_message(data), ""};
  duckdb_destroy_error_data(&data);
  return error;
}

}  // namespace

Feed::Feed(duckdb_connection connection, const table::Schema& schema, const NextBatch& next)
    : connection_(connection), schema_(schema), next_(next) {
  ArrowSchema exported;
  table::export_schema(schema, &exported);
  duckdb_error_data problem = duckdb_schema_from_arrow(connection, &exported, &converted_);
  exported.release(&exported);
  if (duckdb_error_data_has_error(problem)) error_ = error_from(problem);
}

Feed::~Feed() {
  duckdb_destroy_data_chunk(&current_);
  duckdb_destroy_arrow_converted_schema(&converted_);
}

bool Feed::fill(duckdb_data_chunk output) {
  if (error_) return false;
  Result<const table::Batch*> batch = next_();
  if (!batch.ok()) {
    error_ = batch.error();
    return false;
  }
  if (!batch.value()) {
    duckdb_data_chunk_set_size(output, 0);
    return true;
  }
  duckdb_destroy_data_chunk(&current_);
  ArrowArray array;
  table::lend_array(*batch.value(), &array);
  duckdb_error_data problem = duckdb_data_chunk_from_arrow(connection_, &array, converted_, &current_);
  if (duckdb_error_data_has_error(problem)) {
    error_ = error_from(problem);
    return false;
  }
  for (idx_t i = 0; i < schema_.columns.size(); ++i) {
    duckdb_vector_reference_vector(duckdb_data_chunk_get_vector(output, i),
                                   duckdb_data_chunk_get_vector(current_, i));
  }
  duckdb_data_chunk_set_size(output, batch.value()->rows());
  return true;
}

void register_feed(duckdb_connection connection) {
  duckdb_table_function function = duckdb_create_table_function();
  duckdb_table_function_set_name(function, feed_function);
  duckdb_logical_type address = duckdb_create_logical_type(DUCKDB_TYPE_UBIGINT);
  duckdb_table_function_add_parameter(function, address);
  duckdb_destroy_logical_type(&address);
  duckdb_table_function_set_bind(function, bind);
  duckdb_table_function_set_init(function, init);
  duckdb_table_function_set_function(function, produce);
  CHECK(duckdb_register_table_function(connection, function) == DuckDBSuccess);
  duckdb_destroy_table_function(&function);
}

}  // namespace suikei::engine
