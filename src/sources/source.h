// source.h — where rows come from: the seam between the stages and one shard of a source.
// Why:    collect orders, retries, proves and records; how bytes are fetched is the connector's own business.
// Holds:  `read` appends exactly the rows that the source holds under one snapshot, or says which unit
// failed;
//         a value that the lake cannot hold becomes NULL and is reported with its original bytes.
// Threads: a Reader belongs to one thread; a Shard may be used from several.
// See:    docs/design/collect.md
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "table/batch.h"
#include "table/schema.h"

namespace suikei::sources {

/// What a shard says of itself when it is first reached.
struct ShardFacts {
  std::string version;        ///< "10.11.19-MariaDB"
  std::string character_set;  ///< of the server
  std::string sql_mode;
  std::string zone;    ///< offset of its clock from UTC: "+09:00"
  std::string cipher;  ///< TLS cipher in use, empty when the link is plain
  double round_trip_ms = 0;
  std::vector<Error> cautions;  ///< worth knowing before a collect, and no reason not to begin one
};

/// A physical table by name.
struct ListedTable {
  std::string database;
  std::string table;
  int64_t rows_estimate = -1;  ///< -1: the source does not say cheaply
};

/// A column as the source declares it.
struct ShapeColumn {
  std::string name;
  std::string source_type;  ///< as the source says it: "varchar(13)", "bigint unsigned"
  table::Type type;         ///< what it becomes in the lake
  std::string note;         ///< what the lake type cannot say, for example "wall clock of Asia/Tokyo"
  bool nullable = true;
  bool key = false;        ///< part of the primary key
  bool invisible = false;  ///< `SELECT *` leaves it out
  bool generated = false;
  std::string comment, default_value, collation, members;  ///< members: of ENUM and SET

  bool operator==(const ShapeColumn&) const = default;
};

/// A distinct list of columns. Tables with the same `fingerprint` have the same shape.
struct Shape {
  std::string fingerprint;  ///< 32 hexadecimal digits
  std::string star;         ///< fingerprint of what `*` alone shows; the same unless `select_list` is set
  std::vector<ShapeColumn> columns;
  std::vector<std::string> indexes;  ///< "PRIMARY(id)", "shop(shop_id, ordered_at)"
  bool detailed = false;             ///< comments, keys, invisible columns have been asked for
  bool lossy = false;                ///< read this way, a column would lose digits: use `select_list`
  std::string select_list;           ///< what to select where `*` would not do: "*, …"; empty: `*`
  int extra_columns = 0;             ///< how many columns `select_list` names behind `*`

  table::Schema schema() const;
};

/// A piece of work: one physical table, or a key range of a big one.
struct Unit {
  size_t table = 0;  ///< the caller's own number for the table
  std::string database, name;
  std::string select_list;  ///< from Shape; empty: all visible columns
  int extra_columns = 0;    ///< from Shape
  std::string range;        ///< condition in the source's language, empty: the whole table; from `split`
};

/// Rows [first, first + rows) of the batch that was filled belong to this unit.
struct Span {
  size_t unit = 0;  ///< position in the units given to `start`
  size_t first = 0, rows = 0;
  int64_t bytes = 0;      ///< bytes read from the source for these rows
  bool begins = false;    ///< the unit's first rows
  bool finished = false;  ///< no more rows of it will come
  /// The unit cannot be read: kinds `not_found` (table is gone), `denied`, `rejected`, `unavailable` (try
  /// again). Rows of it in this batch have been taken back; rows of it in earlier batches are the caller's to
  /// take back.
  std::optional<Error> error;
};

/// A value that the lake cannot hold.
struct Quarantined {
  size_t unit = 0;
  size_t row = 0;  ///< in the batch that was filled
  int column = 0;  ///< in the shape
  std::string reason;
  std::string original;  ///< bytes as the source sent them
};

/// How a unit's columns reach the batch.
struct Binding {
  std::vector<int> positions;  ///< for each column of the shape its column in the batch
};
/// What to do with a unit whose shape is now known.
enum class Verdict {
  read,          ///< `Binding` says where its columns go
  skip,          ///< drop its rows; a Span with `error` (of the binder's) follows
  end_of_batch,  ///< the batch's columns do not fit it; stop before it and let the caller start anew
};

/// The moment that a reader's later reads see.
struct Snapshot {
  /// Equal for two readers exactly when they see the same state; "" when the source cannot tell.
  std::string mark;
  /// False: a snapshot would block the source's other users, so every read sees a moment of its own.
  bool lasts = true;
};

/// Told of each unit's shape before its first row.
class Binder {
 public:
  virtual ~Binder() = default;
  virtual Verdict bind(size_t unit, const Shape& shape, Binding& binding, Error& reason) = 0;
};

/// One connection.
class Reader {
 public:
  virtual ~Reader() = default;
  /// Begins (or renews) the snapshot that all later reads see; comes before `start` and `split`.
  virtual Result<Snapshot> begin_snapshot() = 0;
  /// Shapes of some tables with all their details, latency paid once for all; an element is an Error where
  /// the table cannot be asked. Shapes given to `know` are not asked for again.
  virtual Result<std::vector<Result<Shape>>> shapes_of(std::span<const ListedTable> tables) = 0;
  /// Shapes detailed in an earlier run.
  virtual void know(const Shape& shape) = 0;
  /// Conditions that split a big table into about `pieces` parts by its primary key; empty when it has no key
  /// to split by.
  virtual Result<std::vector<std::string>> split(const ListedTable& table, const Shape& shape,
                                                 int64_t pieces) = 0;

  /// Gives the work; `fill` then returns its rows in the order of the units. `binder` lives until the work
  /// ends.
  virtual Result<> start(std::span<const Unit> units, Binder& binder) = 0;
  /// Appends rows to the bound columns of `batch` until it is full or the work is done; returns false when no
  /// work is left. An Error means that the connection is lost: units without a finished Span are not read.
  virtual Result<bool> fill(table::Batch& batch, std::vector<Span>& spans,
                            std::vector<Quarantined>& quarantined) = 0;
  /// True when the last fill stopped because of Verdict::end_of_batch; call `fill` again with a batch that
  /// fits.
  virtual bool stopped_for_shape() const = 0;
  /// From another thread: makes a blocked call fail at once, and every later one. The connection is lost.
  virtual void interrupt() = 0;
};

class Shard {
 public:
  virtual ~Shard() = default;
  /// Connects, looks, compares the clock's zone with the declared one. `config` on a wrong password or zone.
  virtual Result<ShardFacts> check() = 0;
  /// Names of all base tables the reader may see, sorted by database and name.
  virtual Result<std::vector<ListedTable>> list() = 0;
  virtual Result<std::unique_ptr<Reader>> open_reader() = 0;
  /// A table's whole name as messages and the quarantine spell it.
  virtual std::string name_of(const ListedTable& table) const { return table.database + "." + table.table; }
  /// The remedy for a missing right on a table, in the source's language.
  virtual std::string grant_hint(const ListedTable& table) const = 0;
};

Json to_json(const Shape& shape);
Result<Shape> shape_from_json(const Json& json);

/// Opens nothing yet. `config` for an unknown kind.
Result<std::unique_ptr<Shard>> make_shard(const config::Source& source, const config::Shard& shard);
std::vector<std::string> source_kinds();

}  // namespace suikei::sources
