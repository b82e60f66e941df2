// mysql_reader.h — many small tables over one connection, their answers streaming while more queries wait.
// Holds:  a table's metadata lock is held only while it is read: after each table ROLLBACK TO SAVEPOINT frees
// it,
//         so that the product's ALTER waits milliseconds, not for the end of the snapshot.
// Limits: queries_ahead_max queries are on their way at once.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>

#include "sources/mysql/column.h"
#include "sources/mysql/connection.h"
#include "sources/mysql/wire.h"
#include "sources/source.h"

namespace suikei::sources::mysql {

inline constexpr size_t queries_ahead_max = 256;         // hides 10 ms of latency at 25,000 tables/s
inline constexpr size_t query_bytes_ahead_max = 32'768;  // less than the smallest socket buffer: no deadlock

/// A result set's columns as they came over the wire, and the shape they make.
struct WireShape {
  std::vector<ColumnDefinition> columns;
  std::vector<int>
      places;  ///< for each of them its column in `shape`; -1 where a later one has the same name
  Shape shape;
};

class MysqlReader : public Reader {
 public:
  MysqlReader(std::unique_ptr<Connection> connection, const config::Source& source,
              std::shared_ptr<const CollationNames> collations);
  ~MysqlReader() override;

  Result<Snapshot> begin_snapshot() override;
  Result<std::vector<Result<Shape>>> shapes_of(std::span<const ListedTable> tables) override;
  void know(const Shape& shape) override;
  Result<std::vector<std::string>> split(const ListedTable& table, const Shape& shape,
                                         int64_t pieces) override;
  Result<> start(std::span<const Unit> units, Binder& binder) override;
  Result<bool> fill(table::Batch& batch, std::vector<Span>& spans,
                    std::vector<Quarantined>& quarantined) override;
  bool stopped_for_shape() const override { return state_ == State::shape_known; }
  void interrupt() override { connection_->interrupt(); }

 private:
  enum class State { between_units, shape_known, in_rows, skipping };
  /// One answer to a statement of ours: an error, or rows of text.
  struct Answer {
    std::optional<ServerError> error;
    std::shared_ptr<const WireShape> shape;  ///< null for statements without a result set
    std::vector<std::vector<std::string>> rows;
  };

  Result<> top_up();
  /// `extra` of the columns were named behind `*`.
  Result<std::shared_ptr<const WireShape>> read_columns(uint64_t count, int extra);
  Result<Answer> read_answer(int extra = 0);
  Result<std::vector<Answer>> ask_all(const std::vector<std::string>& statements,
                                      const std::vector<int>& extras = {});
  Result<bool> read_rows(table::Batch& batch, std::vector<Span>& spans,
                         std::vector<Quarantined>& quarantined);
  void convert_row(std::string_view payload, table::Batch& batch, std::vector<Quarantined>& quarantined);
  Result<> end_unit();
  void open_span(std::vector<Span>& spans, const table::Batch& batch, bool begins);
  void fail_unit(std::vector<Span>& spans, table::Batch* batch, Error error);
  void make_converters(const table::Batch& batch);
  void pace();

  std::unique_ptr<Connection> connection_;
  Wire wire_;
  const config::Source& source_;
  std::shared_ptr<const CollationNames> collations_;

  std::vector<Unit> units_;
  Binder* binder_ = nullptr;
  size_t sent_ = 0;                 ///< units whose query is on its way or answered
  size_t current_ = 0;              ///< the unit whose answer is being read
  std::deque<size_t> sizes_ahead_;  ///< of the queries sent and not answered
  size_t bytes_ahead_ = 0;          ///< their sum
  std::string packets_;
  State state_ = State::between_units;
  double next_send_at_ = 0;

  std::string raw_;           ///< identity of the current result set's columns
  std::vector<size_t> ends_;  ///< where each column ends in it
  std::unordered_map<std::string, std::shared_ptr<const WireShape>> shapes_by_raw_;
  std::unordered_map<std::string, Shape> details_by_star_;
  std::shared_ptr<const WireShape> shape_;
  Binding binding_;
  std::vector<std::optional<Converter>> converters_;
  const WireShape* converters_shape_ = nullptr;
  const table::Batch* converters_batch_ = nullptr;
  std::vector<int> converters_positions_;  ///< per wire column its batch column, -1: ignored
  std::vector<int> converters_binding_;
  std::optional<Error> skip_reason_;
  bool snapshot_ = false;
  std::string release_locks_ = "DO 0";  ///< the statement behind each table that gives its locks back
};

}  // namespace suikei::sources::mysql
