#include "generate/rules.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "generate/csv_table.h"

namespace suikei::generate {
namespace {

namespace fs = std::filesystem;

struct RuleFile {
  const char* name;
  std::vector<std::string> wanted, optional;
};
const RuleFile decisions_file{"decisions.csv", {"source", "table", "column", "decision"}, {"note"}};
const RuleFile casting_file{"input_casting.csv", {"source", "table", "column", "cast"}, {"format", "note"}};
const RuleFile masking_file{
    "input_masking.csv", {"source", "table", "column", "mask"}, {"domain", "value", "note"}};
const RuleFile partitioning_file{
    "input_partitioning.csv", {"source", "table", "column"}, {"granularity", "cluster", "note"}};
const RuleFile duplicate_file{"input_delete_duplicate.csv", {"source", "table", "key", "order"}, {"note"}};

struct Named {
  const char* name;
  int value;
};
constexpr Named casts[] = {{"date", 0},    {"datetime", 1}, {"zone", 2},    {"integer", 3},
                           {"decimal", 4}, {"real", 5},     {"boolean", 6}, {"varchar", 7}};
constexpr Named masks[] = {{"hmac", 0},  {"null", 1}, {"default", 2}, {"last4", 3},
                           {"email", 4}, {"year", 5}, {"fpe", 6}};

template <size_t n>
int value_named(const Named (&names)[n], std::string_view text) {
  for (const Named& name : names) {
    if (text == name.name) return name.value;
  }
  return -1;
}
template <size_t n>
std::vector<std::string> names_of(const Named (&names)[n]) {
  std::vector<std::string> all;
  for (const Named& name : names) all.emplace_back(name.name);
  return all;
}

/// "*" stands for any text.
bool glob(std::string_view pattern, std::string_view text) {
  size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (text.substr(0, star) != pattern.substr(0, star)) return false;
  pattern.remove_prefix(star + 1);
  text.remove_prefix(star);
  for (size_t skip = 0; skip <= text.size(); ++skip) {
    if (glob(pattern, text.substr(skip))) return true;
  }
  return false;
}

int rank_of(const std::string& pattern) {
  auto stars = std::count(pattern.begin(), pattern.end(), '*');
  int letters = static_cast<int>(pattern.size()) - static_cast<int>(stars);
  return stars == 0 ? 1'000'000 : letters;
}

/// The file's rows, or nothing when it does not exist.
Result<std::optional<CsvTable>> read_file_of(const fs::path& project, const RuleFile& file) {
  std::error_code failed;
  if (!fs::exists(project / "rules" / file.name, failed)) return std::optional<CsvTable>();
  CsvTable table = TRY(CsvTable::read(project / "rules" / file.name, std::string("rules/") + file.name,
                                      file.wanted, file.optional));
  return std::optional<CsvTable>(std::move(table));
}

Place place_of(const CsvTable& file, size_t row) {
  return {file.name(), file.line(row)};
}

Key key_of(const CsvTable& file, size_t row, bool with_column = true) {
  Key key{lower(file.at(row, "source")), lower(file.at(row, "table")),
          with_column ? lower(file.at(row, "column")) : "*"};
  for (std::string* part : {&key.source, &key.table, &key.column}) {
    if (part->empty()) *part = "*";
  }
  return key;
}

std::string choices(const std::vector<std::string>& names, const std::string& seen) {
  std::string near = nearest(seen, names);
  return near.empty() ? "one of: " + join(names, ", ") : fmt::format("did you mean `{}`?", near);
}

/// Directives that DuckDB and BigQuery read alike.
const char* wrong_format(const std::string& format) {
  bool any = false;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    if (++i == format.size()) return "ends with a lone %";
    if (std::string_view("YmdHMSfyjbBpI%z").find(format[i]) == std::string_view::npos)
      return "has a directive that is none of %Y %y %m %d %j %b %B %H %I %M %S %f %p %z";
    any |= format[i] != '%';
  }
  return any ? nullptr : "has no directive such as %Y";
}

void read_zones(Cast& cast, const std::string& format, std::vector<Problem>& problems) {
  size_t arrow = format.find("->");
  if (arrow != std::string::npos) {
    cast.from_zone = trim(format.substr(0, arrow));
    cast.to_zone = trim(format.substr(arrow + 2));
  }
  if (!cast.from_zone.empty() && !cast.to_zone.empty()) return;
  problems.push_back({cast.place, fmt::format("a cast of zones needs both, it has '{}'", format),
                      "write: UTC -> Asia/Tokyo"});
}

void read_formats(Cast& cast, const std::string& format, std::vector<Problem>& problems) {
  for (const std::string& one : split(format, '|')) {
    if (std::string_view trimmed = trim(one); !trimmed.empty()) cast.formats.emplace_back(trimmed);
  }
  if (cast.formats.empty()) {
    cast.formats = cast.kind == CastKind::date ? std::vector<std::string>{"%Y-%m-%d"}
                                               : std::vector<std::string>{"%Y-%m-%d %H:%M:%S", "%Y-%m-%d"};
  }
  for (const std::string& one : cast.formats) {
    const char* wrong = wrong_format(one);
    if (wrong)
      problems.push_back({cast.place, fmt::format("the format '{}' {}", one, wrong), "write: %Y/%m/%d"});
  }
}

void read_cast(const CsvTable& file, size_t row, Rules& rules, std::vector<Problem>& problems) {
  Cast cast;
  cast.key = key_of(file, row);
  cast.place = place_of(file, row);
  std::string said = lower(file.at(row, "cast"));
  std::string format = file.at(row, "format");
  if (starts_with(said, "decimal(")) {
    std::optional<table::Type> type = table::parse_type("DECIMAL" + said.substr(7));
    if (!type) {
      problems.push_back({cast.place, fmt::format("'{}' is no type", said), "write: decimal(18,2)"});
      return;
    }
    cast.type = *type;
    said = "decimal";
  } else {
    cast.type = table::decimal_type(38, 9);
  }
  int kind = value_named(casts, said);
  if (kind < 0) {
    problems.push_back({cast.place, fmt::format("unknown cast `{}`", said), choices(names_of(casts), said)});
    return;
  }
  cast.kind = static_cast<CastKind>(kind);
  switch (cast.kind) {
    case CastKind::date:
      cast.type = table::date_type;
      read_formats(cast, format, problems);
      break;
    case CastKind::datetime:
      cast.type = table::timestamp_type;
      read_formats(cast, format, problems);
      break;
    case CastKind::zone:
      cast.type = table::timestamp_type;
      read_zones(cast, format, problems);
      break;
    case CastKind::integer:
      cast.type = table::bigint_type;
      break;
    case CastKind::decimal:
      break;
    case CastKind::real:
      cast.type = table::real_type;
      break;
    case CastKind::boolean:
      cast.type = table::boolean_type;
      break;
    case CastKind::varchar:
      cast.type = table::varchar_type;
      break;
  }
  rules.casts.push_back(std::move(cast));
}

void read_mask(const CsvTable& file, size_t row, Rules& rules, std::vector<Problem>& problems) {
  Mask mask;
  mask.key = key_of(file, row);
  mask.place = place_of(file, row);
  std::string said = lower(file.at(row, "mask"));
  int kind = value_named(masks, said);
  if (kind < 0) {
    problems.push_back({mask.place, fmt::format("unknown mask `{}`", said), choices(names_of(masks), said)});
    return;
  }
  mask.kind = static_cast<MaskKind>(kind);
  if (mask.kind == MaskKind::fpe) {
    problems.push_back({mask.place, "`fpe` runs in one engine only and is not offered",
                        "hmac keeps columns joinable; last4 keeps their look"});
    return;
  }
  mask.domain = file.at(row, "domain");
  mask.value = file.at(row, "value");
  bool keyed = mask.kind == MaskKind::hmac || mask.kind == MaskKind::fpe;
  bool plain = std::all_of(mask.domain.begin(), mask.domain.end(),
                           [](unsigned char c) { return std::isalnum(c) || c == '_'; });
  if (keyed && (mask.domain.empty() || !plain)) {
    problems.push_back({mask.place, fmt::format("`{}` needs a join domain of letters, digits and _", said),
                        "columns with the same domain can be joined: write for example customer"});
  }
  rules.masks.push_back(std::move(mask));
}

std::vector<std::string> list_of(const std::string& text) {
  std::vector<std::string> names;
  for (const std::string& name : split(text, '|')) {
    if (std::string_view trimmed = trim(name); !trimmed.empty()) names.emplace_back(trimmed);
  }
  return names;
}

void read_partition(const CsvTable& file, size_t row, Rules& rules, std::vector<Problem>& problems) {
  Partition partition;
  partition.key = key_of(file, row);
  partition.place = place_of(file, row);
  partition.granularity = lower(file.at(row, "granularity"));
  partition.cluster = list_of(file.at(row, "cluster"));
  const std::vector<std::string> known = {"", "day", "month", "year"};
  if (std::find(known.begin(), known.end(), partition.granularity) == known.end()) {
    problems.push_back({partition.place, fmt::format("unknown granularity `{}`", partition.granularity),
                        "day, month, year, or nothing for the value itself"});
  }
  rules.partitions.push_back(std::move(partition));
}

void read_duplicates(const CsvTable& file, size_t row, Rules& rules, std::vector<Problem>& problems) {
  Duplicates duplicates;
  duplicates.key = key_of(file, row, /*with_column=*/false);
  duplicates.place = place_of(file, row);
  duplicates.keys = list_of(file.at(row, "key"));
  for (const std::string& term : list_of(file.at(row, "order"))) {
    std::vector<std::string> words = split(term, ' ');
    std::erase(words, "");
    std::string direction = words.size() > 1 ? lower(words[1]) : "asc";
    if (words.size() > 2 || (direction != "asc" && direction != "desc")) {
      problems.push_back({duplicates.place, fmt::format("'{}' is no order", term), "write: updated_at desc"});
      continue;
    }
    duplicates.order.push_back({words[0], direction == "desc"});
  }
  if (duplicates.keys.empty()) {
    problems.push_back(
        {duplicates.place, "no key: which rows are the same?", "write: id, or shop_id|order_no"});
  }
  if (duplicates.order.empty()) {
    problems.push_back({duplicates.place, "no order: which of the rows stays?",
                        "write: updated_at desc; the first row in this order stays"});
  }
  rules.duplicates.push_back(std::move(duplicates));
}

}  // namespace

std::string Place::text() const {
  return fmt::format("{}:{}", file, line);
}

bool Key::matches(const std::string& source_name, const std::string& table_name,
                  const std::string& column_name) const {
  return glob(source, lower(source_name)) && glob(table, lower(table_name)) &&
         glob(column, lower(column_name));
}

std::array<int, 3> Key::rank() const {
  return {rank_of(column), rank_of(table), rank_of(source)};
}

const char* name_of(CastKind kind) {
  return casts[static_cast<size_t>(kind)].name;
}
const char* name_of(MaskKind kind) {
  return masks[static_cast<size_t>(kind)].name;
}

Error as_error(const std::vector<Problem>& problems) {
  CHECK(!problems.empty());
  std::string text =
      counted(static_cast<int64_t>(problems.size()), "problem") + " in the rules, nothing written";
  for (const Problem& problem : problems) {
    text += fmt::format("\n  {}: {}", problem.place.text(), problem.message);
    if (!problem.hint.empty()) text += " → " + problem.hint;
  }
  return Error{ErrorKind::config, text, ""};
}

Result<Rules> read_rules(const fs::path& project, std::vector<Problem>& problems) {
  Rules rules;
  if (auto file = TRY(read_file_of(project, decisions_file))) {
    for (size_t row = 0; row < file->rows(); ++row) {
      std::string said = lower(file->at(row, "decision"));
      if (said != "open" && said != "secret") {
        problems.push_back(
            {place_of(*file, row), fmt::format("unknown decision `{}`", said), "open or secret"});
        continue;
      }
      rules.decisions.push_back({key_of(*file, row), said == "secret", place_of(*file, row)});
    }
  }
  if (auto file = TRY(read_file_of(project, casting_file))) {
    for (size_t row = 0; row < file->rows(); ++row) read_cast(*file, row, rules, problems);
  }
  if (auto file = TRY(read_file_of(project, masking_file))) {
    for (size_t row = 0; row < file->rows(); ++row) read_mask(*file, row, rules, problems);
  }
  if (auto file = TRY(read_file_of(project, partitioning_file))) {
    for (size_t row = 0; row < file->rows(); ++row) read_partition(*file, row, rules, problems);
  }
  if (auto file = TRY(read_file_of(project, duplicate_file))) {
    for (size_t row = 0; row < file->rows(); ++row) read_duplicates(*file, row, rules, problems);
  }
  return rules;
}

std::vector<std::pair<std::string, std::string>> rule_files() {
  std::vector<std::pair<std::string, std::string>> files;
  for (const RuleFile* file :
       {&decisions_file, &casting_file, &masking_file, &partitioning_file, &duplicate_file}) {
    std::vector<std::string> header = file->wanted;
    header.insert(header.end(), file->optional.begin(), file->optional.end());
    files.emplace_back(file->name, csv_line(header));
  }
  return files;
}

}  // namespace suikei::generate
