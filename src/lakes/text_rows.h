// text_rows.h — rows written as texts, for tests and benches of lakes.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "lakes/lake.h"

namespace suikei::lakes {

using Value = std::optional<std::string>;
using Values = std::vector<Value>;

/// Rows written as texts, `batch_rows` to a batch.
class TextRows final : public BatchStream {
 public:
  TextRows(table::Schema schema, std::vector<Values> rows, size_t batch_rows = 1000)
      : batch_(std::move(schema)), rows_(std::move(rows)), batch_rows_(batch_rows) {}
  const table::Schema& schema() const override { return batch_.schema(); }
  Result<const table::Batch*> next() override {
    batch_.clear();
    for (; at_ < rows_.size() && batch_.rows() < batch_rows_; ++at_) {
      for (size_t i = 0; i < batch_.width(); ++i) append(batch_.column(i), rows_[at_].at(i));
      batch_.row_done(0);
    }
    const table::Batch* filled = batch_.rows() > 0 ? &batch_ : nullptr;
    return filled;
  }

 private:
  static table::Int128 digits(const std::string& text) {
    table::Int128 number = 0;
    for (char c : text) {
      if (c >= '0' && c <= '9') number = number * 10 + (c - '0');
    }
    return text.starts_with('-') ? -number : number;
  }
  static void append(table::ColumnBuffer& column, const Value& value) {
    if (!value) return column.append_null();
    switch (column.type().kind) {
      case table::TypeKind::boolean:
        return column.append<uint8_t>(*value == "1");
      case table::TypeKind::date:
      case table::TypeKind::integer:
        return column.append<int32_t>(std::stoi(*value));
      case table::TypeKind::bigint:
      case table::TypeKind::timestamp:
      case table::TypeKind::timestamptz:
        return column.append<int64_t>(std::stoll(*value));
      case table::TypeKind::decimal:
        return column.append<table::Int128>(digits(*value));
      case table::TypeKind::real:
        return column.append<double>(std::strtod(value->c_str(), nullptr));
      case table::TypeKind::varchar:
      case table::TypeKind::blob:
        return column.append_bytes(*value);
    }
  }

  table::Batch batch_;
  std::vector<Values> rows_;
  size_t batch_rows_, at_ = 0;
};

}  // namespace suikei::lakes
