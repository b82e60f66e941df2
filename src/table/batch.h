// batch.h — rows on their way, column by column, in the memory layout of Arrow.
// Why:    one layout that every source can fill and every lake and the checksum can read, without a library.
// Holds:  all columns of a batch have the same number of rows; a NULL's value bytes are zero.
// Limits: batch_rows_max rows; callers start a new batch after batch_bytes_max bytes of text.
// Threads: one thread at a time.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "table/schema.h"

struct ArrowArray;
struct ArrowSchema;

namespace suikei::table {

inline constexpr size_t batch_rows_max = 2048;              // one DuckDB vector
inline constexpr size_t batch_bytes_max = 8 * 1024 * 1024;  // keeps a batch of large values in bounds

using Int128 = __int128;

/// One column of a batch. Fixed-width values lie in `values`; varchar and blob in `bytes` with `offsets`.
class ColumnBuffer {
 public:
  explicit ColumnBuffer(Type type);

  Type type() const { return type_; }
  size_t rows() const { return rows_; }

  template <typename T>
  void append(T value) {
    size_t at = rows_ * sizeof(T);
    if (at + sizeof(T) > values_.size()) values_.resize(2 * (at + sizeof(T)));
    std::memcpy(values_.data() + at, &value, sizeof(T));
    set_valid();
  }
  void append_bytes(std::string_view bytes) {
    if (used_ + bytes.size() > bytes_.size()) bytes_.resize(2 * (used_ + bytes.size()));
    std::memcpy(bytes_.data() + used_, bytes.data(), bytes.size());
    used_ += bytes.size();
    offsets_[rows_ + 1] = static_cast<int32_t>(used_);
    set_valid();
  }
  void append_null();
  /// Appends NULLs until there are `rows` rows.
  void pad(size_t rows) {
    while (rows_ < rows) append_null();
  }

  bool is_null(size_t row) const { return !(validity_[row >> 3] >> (row & 7) & 1); }
  template <typename T>
  T value(size_t row) const {
    T result;
    std::memcpy(&result, values_.data() + row * sizeof(T), sizeof(T));
    return result;
  }
  std::string_view bytes(size_t row) const {
    auto begin = static_cast<size_t>(offsets_[row]);
    return {bytes_.data() + begin, static_cast<size_t>(offsets_[row + 1]) - begin};
  }
  size_t bytes_used() const { return used_; }
  /// Forgets the rows from `rows` on, if there are so many.
  void truncate(size_t rows);

  /// The Arrow buffers: validity, then values or offsets, then bytes. Valid until the next change.
  void export_buffers(const void* out[3]) const;
  size_t null_count() const { return nulls_; }

 private:
  void set_valid() {
    if ((rows_ & 7) == 0) validity_[rows_ >> 3] = 0;
    validity_[rows_ >> 3] = static_cast<uint8_t>(validity_[rows_ >> 3] | 1 << (rows_ & 7));
    ++rows_;
  }

  Type type_;
  size_t rows_ = 0;
  size_t used_ = 0;
  size_t nulls_ = 0;
  std::vector<uint8_t> validity_;
  std::vector<uint8_t> values_;
  std::vector<int32_t> offsets_;
  std::vector<char> bytes_;
};

/// Rows under one schema.
class Batch {
 public:
  explicit Batch(Schema schema);

  const Schema& schema() const { return schema_; }
  ColumnBuffer& column(size_t at) { return columns_[at]; }
  const ColumnBuffer& column(size_t at) const { return columns_[at]; }
  size_t width() const { return columns_.size(); }
  size_t rows() const { return rows_; }
  /// Counts a row that has been appended to every column.
  void row_done(size_t bytes) {
    ++rows_;
    bytes_ += bytes;
  }
  bool full() const { return rows_ >= batch_rows_max || bytes_ >= batch_bytes_max; }
  void clear() { truncate(0); }
  void truncate(size_t rows);

 private:
  Schema schema_;
  std::vector<ColumnBuffer> columns_;
  size_t rows_ = 0;
  size_t bytes_ = 0;
};

/// Describes the batch's columns to Arrow; the caller releases it.
void export_schema(const Schema& schema, ArrowSchema* out);
/// Lends the batch's memory to Arrow. The batch must stay unchanged while the array is in use.
void lend_array(const Batch& batch, ArrowArray* out);

}  // namespace suikei::table
