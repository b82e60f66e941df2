#include "table/batch.h"

#include <string>

#include "base/text.h"
#include "table/arrow.h"

namespace suikei::table {

ColumnBuffer::ColumnBuffer(Type type) : type_(type) {
  validity_.resize(batch_rows_max / 8 + 1);
  size_t width = value_bytes(type);
  if (width == 0) {
    offsets_.resize(batch_rows_max + 1);
    bytes_.resize(batch_rows_max * 16);
  } else {
    values_.resize(batch_rows_max * width);
  }
}

void ColumnBuffer::append_null() {
  if ((rows_ & 7) == 0) validity_[rows_ >> 3] = 0;
  size_t width = value_bytes(type_);
  if (width == 0) {
    offsets_[rows_ + 1] = static_cast<int32_t>(used_);
  } else {
    std::memset(values_.data() + rows_ * width, 0, width);
  }
  ++rows_;
  ++nulls_;
}

void ColumnBuffer::truncate(size_t rows) {
  if (rows >= rows_) return;
  for (size_t row = rows; row < rows_ && nulls_ > 0; ++row) nulls_ -= is_null(row);
  if (!offsets_.empty()) used_ = static_cast<size_t>(offsets_[rows]);
  rows_ = rows;
  if (rows & 7) validity_[rows >> 3] = static_cast<uint8_t>(validity_[rows >> 3] & ((1 << (rows & 7)) - 1));
}

void ColumnBuffer::export_buffers(const void* out[3]) const {
  out[0] = nulls_ == 0 ? nullptr : validity_.data();
  bool variable = !offsets_.empty();
  out[1] = variable ? static_cast<const void*>(offsets_.data()) : values_.data();
  out[2] = variable ? bytes_.data() : nullptr;
}

Batch::Batch(Schema schema) : schema_(std::move(schema)) {
  columns_.reserve(schema_.columns.size());
  for (const Column& column : schema_.columns) columns_.emplace_back(column.type);
}

void Batch::truncate(size_t rows) {
  for (ColumnBuffer& column : columns_) column.truncate(rows);
  rows_ = rows;
  if (rows == 0) bytes_ = 0;
}

namespace {

std::string arrow_format(Type type) {
  switch (type.kind) {
    case TypeKind::boolean:
      return "C";  // a byte each; the reader casts to BOOLEAN
    case TypeKind::integer:
      return "i";
    case TypeKind::bigint:
      return "l";
    case TypeKind::decimal:
      return fmt::format("d:{},{}", type.precision, type.scale);
    case TypeKind::real:
      return "g";
    case TypeKind::date:
      return "tdD";
    case TypeKind::timestamp:
      return "tsu:";
    case TypeKind::timestamptz:
      return "tsu:UTC";
    case TypeKind::varchar:
      return "u";
    case TypeKind::blob:
      return "z";
  }
  die(__FILE__, __LINE__, "type without an Arrow format");
}

struct SchemaStorage {
  std::vector<std::string> texts;
  std::vector<ArrowSchema> children;
  std::vector<ArrowSchema*> pointers;
};

struct ArrayStorage {
  struct Buffers {
    const void* pointers[3];
  };
  std::vector<Buffers> buffers;
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> pointers;
  const void* root_buffers[1] = {nullptr};
};

}  // namespace

void export_schema(const Schema& schema, ArrowSchema* out) {
  auto* storage = new SchemaStorage;
  size_t width = schema.columns.size();
  storage->texts.reserve(2 * width);
  storage->children.resize(width);
  for (size_t i = 0; i < width; ++i) {
    const Column& column = schema.columns[i];
    const std::string& format = storage->texts.emplace_back(arrow_format(column.type));
    const std::string& name = storage->texts.emplace_back(column.name);
    storage->children[i] = ArrowSchema{format.c_str(),
                                       name.c_str(),
                                       nullptr,
                                       /*flags=nullable*/ 2,
                                       0,
                                       nullptr,
                                       nullptr,
                                       [](ArrowSchema* child) { child->release = nullptr; },
                                       nullptr};
    storage->pointers.push_back(&storage->children[i]);
  }
  *out = ArrowSchema{"+s",
                     "",
                     nullptr,
                     0,
                     static_cast<int64_t>(width),
                     storage->pointers.data(),
                     nullptr,
                     [](ArrowSchema* self) {
                       delete static_cast<SchemaStorage*>(self->private_data);
                       self->release = nullptr;
                     },
                     storage};
}

void lend_array(const Batch& batch, ArrowArray* out) {
  auto* storage = new ArrayStorage;
  size_t width = batch.width();
  auto rows = static_cast<int64_t>(batch.rows());
  storage->buffers.resize(width);
  storage->children.resize(width);
  for (size_t i = 0; i < width; ++i) {
    const ColumnBuffer& column = batch.column(i);
    CHECK(column.rows() == batch.rows());
    column.export_buffers(storage->buffers[i].pointers);
    int64_t buffers = value_bytes(column.type()) == 0 ? 3 : 2;
    storage->children[i] = ArrowArray{rows,
                                      static_cast<int64_t>(column.null_count()),
                                      0,
                                      buffers,
                                      0,
                                      storage->buffers[i].pointers,
                                      nullptr,
                                      nullptr,
                                      [](ArrowArray* child) { child->release = nullptr; },
                                      nullptr};
    storage->pointers.push_back(&storage->children[i]);
  }
  *out = ArrowArray{rows,
                    0,
                    0,
                    1,
                    static_cast<int64_t>(width),
                    storage->root_buffers,
                    storage->pointers.data(),
                    nullptr,
                    [](ArrowArray* self) {
                      delete static_cast<ArrayStorage*>(self->private_data);
                      self->release = nullptr;
                    },
                    storage};
}

}  // namespace suikei::table
