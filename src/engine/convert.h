// convert.h — between DuckDB's types, chunks and results and ours. For this folder only.
#pragma once

#include <duckdb.h>

#include "engine/engine.h"

namespace suikei::engine {

/// The type in which a batch's column reaches the engine; the caller destroys it.
duckdb_logical_type fed_type(table::Type type);
/// A type for people: "DECIMAL(10,2)", "VARCHAR[]".
std::string describe_type(duckdb_logical_type type);
/// Columns of an answer; `rejected` names the first that table::Type cannot say.
Result<table::Schema> schema_of(duckdb_result* answer);
/// Replaces the batch's rows by the chunk's.
void copy_chunk(duckdb_data_chunk chunk, table::Batch& batch);
/// Reads the answer of COPY … (RETURN_STATS true), which has one row per file.
Result<ParquetFile> read_parquet_statistics(duckdb_result* answer);

}  // namespace suikei::engine
