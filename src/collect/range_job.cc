#include "collect/range_job.h"

namespace suikei::collect {

void RangeJob::add(PartResult part) {
  std::lock_guard lock(guard_);
  whole_.logical = part.logical;
  auto append = [](auto& to, auto& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  };
  append(whole_.files, part.files);
  append(whole_.quarantine, part.quarantine);
  append(whole_.new_shapes, part.new_shapes);
  for (TableResult& table : part.tables) {
    if (whole_.tables.empty()) {
      whole_.tables.push_back(std::move(table));
      continue;
    }
    TableResult& sum = whole_.tables[0];
    sum.rows += table.rows;
    sum.bytes += table.bytes;
    sum.checksum += table.checksum;
    sum.attempts = std::max(sum.attempts, table.attempts);
    if (sum.consistency != table.consistency) sum.consistency = "table";
    if (table.error) sum.error = std::move(table.error);
  }
}

std::optional<PartResult> RangeJob::range_over(std::vector<std::string>* dropped) {
  std::lock_guard lock(guard_);
  if (--ranges_left_ > 0) return std::nullopt;
  if (!whole_.tables.empty() && whole_.tables[0].error) {
    TableResult& table = whole_.tables[0];
    table.rows = table.bytes = 0;
    table.checksum = 0;
    for (const lakes::StagedFile& file : whole_.files) dropped->push_back(file.path);
    whole_.files.clear();
    whole_.quarantine.clear();
  }
  return std::move(whole_);
}

}  // namespace suikei::collect
