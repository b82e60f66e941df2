#include "collect/staging.h"

#include <random>

#include "base/text.h"
#include "collect/limits.h"
#include "io/files.h"

namespace suikei::collect {

table::Schema LogicalTable::schema() const {
  std::lock_guard lock(guard_);
  return schema_;
}

bool LogicalTable::known() const {
  std::lock_guard lock(guard_);
  return schema_.columns.size() > table::system_columns;
}

std::optional<table::Conflict> LogicalTable::join(const table::Schema& shape) {
  std::lock_guard lock(guard_);
  return table::merge(schema_, shape);
}

void LogicalTable::set_guess(const sources::Shape& shape) {
  std::lock_guard lock(guard_);
  select_list_ = shape.select_list;
  extra_columns_ = shape.extra_columns;
}

std::pair<std::string, int> LogicalTable::guess() const {
  std::lock_guard lock(guard_);
  return {select_list_, extra_columns_};
}

std::optional<sources::Shape> Staging::details(const std::string& star, const sources::ListedTable& example) {
  std::lock_guard lock(guard_);
  auto found = details_.find(star);
  if (found != details_.end()) return found->second;
  std::optional<sources::Shape>& entry = details_[star];
  if (!side_reader_) {
    Result<std::unique_ptr<sources::Reader>> opened = shard.open_reader();
    if (!opened.ok()) return entry;
    side_reader_ = std::move(opened).value();
  }
  Result<std::vector<Result<sources::Shape>>> shapes = side_reader_->shapes_of(std::span(&example, 1));
  if (!shapes.ok()) {
    side_reader_.reset();
    return entry;
  }
  if (shapes.value()[0].ok() && shapes.value()[0].value().star == star) {
    entry = shapes.value()[0].value();
    new_shapes_.push_back(*entry);
  }
  return entry;
}

std::vector<sources::Shape> Staging::take_new_shapes() {
  std::lock_guard lock(guard_);
  return std::exchange(new_shapes_, {});
}

std::string Staging::new_file_name() {
  static const auto process_mark = std::random_device()();
  std::lock_guard lock(guard_);
  return fmt::format("{:08x}-{:06}.parquet", process_mark, ++files_named_);
}

Result<> Staging::prepare(const Known& known, sources::Reader& reader) {
  std::vector<sources::ListedTable> samples;
  std::vector<size_t> sampled;
  logicals.clear();
  for (const auto& [star, shape] : known.shapes) {
    reader.know(shape);
    details_[star] = shape;
    new_shapes_.push_back(shape);
  }
  for (size_t i = 0; i < plan.logicals.size(); ++i) {
    logicals.push_back(std::make_unique<LogicalTable>(plan.logicals[i].name));
    auto schema = known.schemas.find(plan.logicals[i].name);
    auto guess = known.guesses.find(plan.logicals[i].name);
    if (schema != known.schemas.end() && guess != known.guesses.end() &&
        known.shapes.contains(guess->second)) {
      (void)logicals[i]->join(schema->second);
      logicals[i]->set_guess(known.shapes.at(guess->second));
      continue;
    }
    const std::vector<PlannedTable>& tables = plan.logicals[i].tables;
    for (size_t s = 0; s < shape_samples && s < tables.size(); ++s) {
      samples.push_back(plan.listed[tables[s * (tables.size() - 1) / (shape_samples - 1)].listed]);
      sampled.push_back(i);
    }
  }
  if (samples.empty()) return ok();
  std::vector<Result<sources::Shape>> shapes = TRY(reader.shapes_of(samples));
  for (size_t begin = 0, end; begin < shapes.size(); begin = end) {
    for (end = begin; end < shapes.size() && sampled[end] == sampled[begin]; ++end) {
    }
    // The shape that most samples have is the one the others must agree with.
    const sources::Shape* common = nullptr;
    ptrdiff_t most = 0;
    for (size_t i = begin; i < end; ++i) {
      if (!shapes[i].ok()) continue;
      const std::string& star = shapes[i].value().star;
      ptrdiff_t count = std::count_if(
          shapes.begin() + static_cast<ptrdiff_t>(begin), shapes.begin() + static_cast<ptrdiff_t>(end),
          [&](const auto& other) { return other.ok() && other.value().star == star; });
      if (count > most) common = &shapes[i].value();
      most = std::max(most, count);
    }
    if (!common) continue;
    LogicalTable& logical = *logicals[sampled[begin]];
    (void)logical.join(common->schema());
    logical.set_guess(*common);
    for (size_t i = begin; i < end; ++i) {
      if (!shapes[i].ok()) continue;
      const sources::Shape& shape = shapes[i].value();
      if (details_.try_emplace(shape.star, shape).second) new_shapes_.push_back(shape);
    }
  }
  return ok();
}

Result<Known> read_known(const std::filesystem::path& file) {
  Known known;
  Result<std::string> text = io::read_file(file);
  if (!text.ok()) return known;
  Json json = TRY(parse_json(text.value()));
  for (const auto& [name, entry] : json.at("logical").items()) {
    known.schemas[name] = TRY(table::schema_from_json(entry.at("columns")));
    known.guesses[name] = entry.at("star");
  }
  for (const Json& entry : json.at("shapes")) {
    sources::Shape shape = TRY(sources::shape_from_json(entry));
    known.shapes[shape.star] = std::move(shape);
  }
  if (json.contains("big")) known.big = json.at("big").get<std::map<std::string, int64_t>>();
  return known;
}

Result<> write_known(const std::filesystem::path& file, const Known& known) {
  Json json = {{"logical", Json::object()}, {"shapes", Json::array()}};
  for (const auto& [name, schema] : known.schemas) {
    auto guess = known.guesses.find(name);
    json["logical"][name] = {{"columns", table::to_json(schema)},
                             {"star", guess == known.guesses.end() ? "" : guess->second}};
  }
  for (const auto& [star, shape] : known.shapes) json["shapes"].push_back(sources::to_json(shape));
  json["big"] = known.big;
  return io::write_file_atomically(file, json.dump(1) + "\n");
}

}  // namespace suikei::collect
