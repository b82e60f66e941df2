// feed.h — batches of ours as a table function of the engine.
// Why:    a COPY that pulls its rows needs no queue, no extra thread and no second copy of the rows.
// Holds:  the Feed outlives the statement that names its address.
#pragma once

#include <duckdb.h>

#include <optional>

#include "engine/engine.h"

namespace suikei::engine {

inline constexpr const char* feed_function = "suikei_feed";

class Feed {
 public:
  Feed(duckdb_connection connection, const table::Schema& schema, const NextBatch& next);
  ~Feed();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  /// Why the rows stopped coming, when the statement failed because of us.
  const std::optional<Error>& error() const { return error_; }
  const table::Schema& schema() const { return schema_; }
  /// Fills `output`; false when an error was kept.
  bool fill(duckdb_data_chunk output);

 private:
  duckdb_connection connection_;
  const table::Schema& schema_;
  const NextBatch& next_;
  duckdb_arrow_converted_schema converted_ = nullptr;
  duckdb_data_chunk current_ = nullptr;
  std::optional<Error> error_;
};

/// Makes `feed_function(address)` known to the database of this connection.
void register_feed(duckdb_connection connection);

}  // namespace suikei::engine
