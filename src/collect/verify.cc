#include "collect/verify.h"

#include "base/text.h"
#include "collect/limits.h"
#include "collect/publish_shard.h"
#include "table/checksum.h"

namespace suikei::collect {
namespace {

struct TenantSum {
  int64_t rows = 0;
  Sum128 sum = 0;
};

/// Checksums per tenant of one slice, from the lake's own rows.
Result<std::map<std::string, TenantSum>> sums_of_slice(lakes::Lake& lake, const std::string& dataset,
                                                       const std::string& logical, const std::string& shard) {
  std::map<std::string, TenantSum> sums;
  auto rows = TRY(lake.rows_of(fmt::format("SELECT * FROM {}.{} WHERE _shard = {}", lakes::sql_name(dataset),
                                           lakes::sql_name(logical), lakes::sql_text(shard))));
  table::RowHasher hasher(rows->schema());
  int tenant_at = rows->schema().find(table::tenant_column);
  while (const table::Batch* batch = TRY(rows->next())) {
    for (size_t row = 0; row < batch->rows(); ++row) {
      TenantSum& sum = sums[std::string(batch->column(static_cast<size_t>(tenant_at)).bytes(row))];
      ++sum.rows;
      hasher.add(*batch, row, sum.sum);
    }
    hasher.flush();
  }
  return sums;
}

/// Takes every unit as it comes, under its own shape.
class PlainBinder final : public sources::Binder {
 public:
  sources::Verdict bind(size_t, const sources::Shape& shape, sources::Binding& binding, Error&) override {
    if (shape.fingerprint != current_) {
      current_ = shape.fingerprint;
      schema_ = shape.schema();
      return sources::Verdict::end_of_batch;
    }
    binding.positions.clear();
    for (size_t i = 0; i < shape.columns.size(); ++i) binding.positions.push_back(static_cast<int>(i));
    return sources::Verdict::read;
  }
  const table::Schema& schema() const { return schema_; }

 private:
  std::string current_;
  table::Schema schema_;
};

/// Rows and checksum of tables, read from the source and written nowhere.
Result<std::vector<TenantSum>> sums_at_source(sources::Reader& reader,
                                              const std::vector<sources::ListedTable>& tables) {
  std::vector<Result<sources::Shape>> shapes = TRY(reader.shapes_of(tables));
  std::vector<sources::Unit> units;
  for (size_t i = 0; i < tables.size(); ++i) {
    sources::Unit unit{i, tables[i].database, tables[i].table, "", 0, ""};
    if (shapes[i].ok()) {
      unit.select_list = shapes[i].value().select_list;
      unit.extra_columns = shapes[i].value().extra_columns;
    }
    units.push_back(std::move(unit));
  }
  std::vector<TenantSum> sums(tables.size());
  PlainBinder binder;
  TRY(reader.start(units, binder));
  std::vector<sources::Span> spans;
  std::vector<sources::Quarantined> quarantined;
  for (bool more = true; more;) {
    table::Batch batch(binder.schema());
    table::RowHasher hasher(binder.schema());
    do {
      batch.clear();
      more = TRY(reader.fill(batch, spans, quarantined));
      for (const sources::Span& span : spans) {
        for (size_t row = span.first; row < span.first + span.rows; ++row)
          hasher.add(batch, row, sums[span.unit].sum);
        sums[span.unit].rows += span.error ? -1 : static_cast<int64_t>(span.rows);
      }
      hasher.flush();
    } while (more && !reader.stopped_for_shape());
  }
  return sums;
}

/// The same tables for the same run: spread evenly by name.
bool is_sampled(const ledger::TableRecord& table, double percent) {
  auto spread = static_cast<uint64_t>(md5_number(table.database + "." + table.table) >> 64);
  return static_cast<double>(spread % 10'000) < percent * 100;
}

void tell(Verification& verification, const std::string& shard, const ledger::TableRecord& table,
          const std::string& what) {
  if (verification.examples.size() >= names_shown_max) return;
  verification.examples.push_back(fmt::format("{} {}.{}: {}", shard, table.database, table.table, what));
}

}  // namespace

Result<Verification> verify(const config::Project& project, const config::Source& source,
                            const std::vector<const config::Shard*>& shards, const Options& options) {
  Verification verification;
  ledger::Ledger ledger = TRY(ledger::Ledger::open_read_only(project.ledger()));
  std::unique_ptr<lakes::Lake> lake = TRY(open_lake_of(project, lakes::LakeAccess::write));
  for (const config::Shard* shard : shards) {
    std::map<std::string, std::vector<ledger::TableRecord>> by_logical;
    for (auto& [key, table] : TRY(ledger.tables(source.name, shard->name))) {
      if (!table.good_run_id.empty()) by_logical[table.logical].push_back(std::move(table));
    }
    std::vector<sources::ListedTable> sampled;
    std::vector<const ledger::TableRecord*> sampled_records;
    for (const auto& [logical, tables] : by_logical) {
      // What cannot be read back is as wrong as what reads back differently.
      auto recomputed = sums_of_slice(*lake, "lake_" + source.name, logical, shard->name);
      if (!recomputed.ok()) {
        verification.lake_tables += static_cast<int64_t>(tables.size());
        verification.lake_wrong += static_cast<int64_t>(tables.size());
        verification.damaged.push_back({{"lake_" + source.name, logical}, shard->name});
        tell(verification, shard->name, tables[0], "cannot be read back: " + recomputed.error().message);
        continue;
      }
      std::map<std::string, TenantSum> sums = std::move(recomputed).value();
      int64_t wrong_before = verification.lake_wrong;
      for (const ledger::TableRecord& table : tables) {
        const TenantSum& sum = sums[table.tenant];
        ++verification.lake_tables;
        if (sum.rows != table.rows || hex(sum.sum) != table.checksum) {
          ++verification.lake_wrong;
          tell(verification, shard->name, table,
               sum.rows == table.rows
                   ? fmt::format("{} rows, other values than were collected", sum.rows)
                   : fmt::format("{} rows in the lake, {} collected", sum.rows, table.rows));
        }
        if (table.state != ledger::TableState::current || !is_sampled(table, options.verify_percent))
          continue;
        sampled.push_back({table.database, table.table});
        sampled_records.push_back(&table);
      }
      if (verification.lake_wrong > wrong_before) {
        verification.damaged.push_back({{"lake_" + source.name, logical}, shard->name});
      }
    }
    if (sampled.empty()) continue;
    std::unique_ptr<sources::Shard> from = TRY(sources::make_shard(source, *shard));
    std::unique_ptr<sources::Reader> reader = TRY(from->open_reader());
    TRY(reader->begin_snapshot());
    std::vector<TenantSum> sums = TRY(sums_at_source(*reader, sampled));
    for (size_t i = 0; i < sampled.size(); ++i) {
      ++verification.source_tables;
      const ledger::TableRecord& table = *sampled_records[i];
      if (sums[i].rows == table.rows && hex(sums[i].sum) == table.checksum) continue;
      ++verification.source_changed;
      tell(verification, shard->name, table,
           fmt::format("{} rows collected, {} at the source now, or other values", table.rows, sums[i].rows));
    }
  }
  for (const lakes::SliceName& slice : verification.damaged) TRY(lake->distrust(slice));
  return verification;
}

}  // namespace suikei::collect
