#include "generate/merge.h"

#include <algorithm>
#include <charconv>

#include "base/csv.h"
#include "base/text.h"
#include "generate/rule_index.h"

namespace suikei::generate {
namespace {

using table::TypeKind;

/// What a rule says, without its place: two rules that say the same do not contradict.
std::string saying(const Decision& rule) {
  return rule.secret ? "secret" : "open";
}
std::string saying(const Cast& rule) {
  return fmt::format("{} {} {} {} {}", name_of(rule.kind), table::sql_name(rule.type),
                     join(rule.formats, "|"), rule.from_zone, rule.to_zone);
}
std::string saying(const Mask& rule) {
  return fmt::format("{} {} {}", name_of(rule.kind), rule.domain, rule.value);
}
std::string saying(const Partition& rule) {
  return fmt::format("{} {} {}", rule.key.column, rule.granularity, join(rule.cluster, "|"));
}
std::string saying(const Duplicates& rule) {
  std::string text = join(rule.keys, "|");
  for (const OrderTerm& term : rule.order) text += fmt::format(" {}{}", term.column, term.descending);
  return text;
}

/// The one that applies, or a problem when equally specific ones say different things.
template <typename Rule>
std::optional<Rule> choose(const std::vector<const Rule*>& best, const std::string& what,
                           std::vector<Problem>& problems) {
  if (best.empty()) return std::nullopt;
  for (const Rule* other : best) {
    if (saying(*other) == saying(*best[0])) continue;
    Problem problem{other->place,
                    fmt::format("contradicts {}, which is as specific, for {}", best[0]->place.text(), what),
                    "remove one, or write a rule that names the column, table and source"};
    bool told = std::any_of(problems.begin(), problems.end(), [&](const Problem& before) {
      return before.place.text() == problem.place.text() && starts_with(before.message, "contradicts");
    });
    if (!told) problems.push_back(std::move(problem));
  }
  return *best[0];
}

std::string wrong_cast(const Cast& cast, const ColumnInfo& column) {
  TypeKind kind = column.type.kind;
  bool number = kind == TypeKind::integer || kind == TypeKind::bigint || kind == TypeKind::decimal;
  bool fits = true;
  switch (cast.kind) {
    case CastKind::date:
      fits = kind == TypeKind::varchar || number || kind == TypeKind::timestamp || kind == TypeKind::date;
      break;
    case CastKind::datetime:
      fits = kind == TypeKind::varchar || number || kind == TypeKind::timestamp || kind == TypeKind::date;
      break;
    case CastKind::zone:
      fits = kind == TypeKind::timestamp || kind == TypeKind::timestamptz;
      break;
    case CastKind::integer:
    case CastKind::decimal:
    case CastKind::real:
    case CastKind::boolean:
      fits = kind == TypeKind::varchar || number || kind == TypeKind::real || kind == TypeKind::boolean;
      break;
    case CastKind::varchar:
      fits = kind != TypeKind::blob;
      break;
  }
  if (fits) return "";
  return fmt::format("the cast `{}` does not apply to {}, which is {}", name_of(cast.kind), column.name,
                     table::sql_name(column.type));
}

bool is_constant_of(const std::string& value, table::Type type) {
  switch (type.kind) {
    case TypeKind::varchar:
      return true;
    case TypeKind::integer:
    case TypeKind::bigint:
    case TypeKind::decimal:
    case TypeKind::real: {
      double number = 0;
      auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
      return error == std::errc() && end == value.data() + value.size();
    }
    case TypeKind::boolean:
      return value == "true" || value == "false";
    case TypeKind::date:
      return value.size() == 10;
    case TypeKind::timestamp:
      return value.size() == 10 || value.size() >= 19;
    default:
      return false;
  }
}

std::string wrong_mask(const Mask& mask, const MergedColumn& column) {
  table::Type type = column.cast_type();
  std::string shown = fmt::format("{}, which is {}", column.info.name, table::sql_name(type));
  bool text = type.kind == TypeKind::varchar;
  bool whole = type.kind == TypeKind::bigint || type.kind == TypeKind::integer ||
               (type.kind == TypeKind::decimal && type.scale == 0);
  bool day = type.kind == TypeKind::date || type.kind == TypeKind::timestamp;
  switch (mask.kind) {
    case MaskKind::null:
      return "";
    case MaskKind::hmac:
      if (text || whole || type.kind == TypeKind::date) return "";
      return fmt::format("`hmac` needs a value with one way to write it, not {}", shown);
    case MaskKind::last4:
    case MaskKind::fpe:
      return text || whole ? "" : fmt::format("`{}` needs text or digits, not {}", name_of(mask.kind), shown);
    case MaskKind::email:
      return text ? "" : fmt::format("`email` needs text, not {}", shown);
    case MaskKind::year:
      return day ? "" : fmt::format("`year` needs a date, not {}", shown);
    case MaskKind::constant:
      if (is_constant_of(mask.value, type)) return "";
      return fmt::format("the default '{}' is no value of {}", mask.value, shown);
  }
  return "";
}

/// Letters, digits, _ and whatever is not ASCII; the rest would need quotes everywhere.
std::string plain_name(const std::string& name) {
  std::string plain = lower(name);
  for (char& c : plain) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && !std::isalnum(byte) && c != '_') c = '_';
  }
  return plain;
}

struct Indexes {
  explicit Indexes(const Rules& rules)
      : decisions(rules.decisions),
        casts(rules.casts),
        masks(rules.masks),
        partitions(rules.partitions),
        duplicates(rules.duplicates) {}
  RuleIndex<Decision> decisions;
  RuleIndex<Cast> casts;
  RuleIndex<Mask> masks;
  RuleIndex<Partition> partitions;
  RuleIndex<Duplicates> duplicates;
};

MergedColumn merge_column(const ColumnInfo& info, const std::string& source, const std::string& table,
                          Indexes& rules, std::vector<Problem>& problems) {
  MergedColumn column;
  column.info = info;
  std::string what = fmt::format("{}.{}.{}", source, table, info.name);
  if (auto decision = choose(rules.decisions.find(source, table, info.name), what, problems)) {
    column.fate = decision->secret ? Fate::secret : Fate::open;
    column.decision = std::move(decision);
  }
  column.cast = choose(rules.casts.find(source, table, info.name), what, problems);
  if (column.cast) {
    std::string wrong = wrong_cast(*column.cast, info);
    if (!wrong.empty()) problems.push_back({column.cast->place, wrong + " (" + what + ")", ""});
  }
  column.mask = choose(rules.masks.find(source, table, info.name), what, problems);
  if (column.mask) {
    std::string wrong = wrong_mask(*column.mask, column);
    if (!wrong.empty())
      problems.push_back({column.mask->place, wrong + " (" + what + ")", "give it a cast first"});
  }
  return column;
}

bool has_column(const TableInfo& table, const std::string& name) {
  return std::any_of(table.columns.begin(), table.columns.end(),
                     [&](const ColumnInfo& column) { return lower(column.name) == lower(name); });
}

std::string nearest_column(const TableInfo& table, const std::string& name) {
  std::vector<std::string> names;
  for (const ColumnInfo& column : table.columns) names.push_back(column.name);
  std::string near = nearest(name, names);
  return near.empty() ? "" : fmt::format("did you mean `{}`?", near);
}

void check_columns(const Place& place, const std::vector<std::string>& names, const TableInfo& table,
                   std::vector<Problem>& problems) {
  for (const std::string& name : names) {
    if (has_column(table, name)) continue;
    problems.push_back(
        {place, fmt::format("{} has no column `{}`", table.name, name), nearest_column(table, name)});
  }
}

void merge_table_rules(MergedTable& table, Indexes& rules, std::vector<Problem>& problems) {
  std::string what = table.source + "." + table.info.name;
  table.duplicates = choose(rules.duplicates.find(table.source, table.info.name, "*"), what, problems);
  if (table.duplicates) {
    check_columns(table.duplicates->place, table.duplicates->keys, table.info, problems);
    std::vector<std::string> order;
    for (const OrderTerm& term : table.duplicates->order) order.push_back(term.column);
    check_columns(table.duplicates->place, order, table.info, problems);
  }
  std::vector<const Partition*> partitions;
  for (const MergedColumn& column : table.columns) {
    for (const Partition* rule : rules.partitions.find(table.source, table.info.name, column.info.name)) {
      if (!partitions.empty() && rule->key.rank() < partitions[0]->key.rank()) continue;
      if (!partitions.empty() && rule->key.rank() > partitions[0]->key.rank()) partitions.clear();
      partitions.push_back(rule);
      if (column.in_cleansing()) continue;
      problems.push_back({rule->place,
                          fmt::format("{}.{} cannot partition: it is {} and not in cleansing", what,
                                      column.info.name, name_of(column.fate)),
                          "decide it open, or partition by another column"});
    }
  }
  table.partition = choose(partitions, what, problems);
  if (table.partition) check_columns(table.partition->place, table.partition->cluster, table.info, problems);
}

/// Why a rule matches nothing: the first part of its key that is a name nobody has.
Problem idle_problem(const Key& key, const Place& place, const std::vector<Metadata>& sources) {
  std::vector<std::string> names;
  for (const Metadata& source : sources) names.push_back(source.source);
  auto hint = [](const std::string& word, const std::vector<std::string>& known) {
    std::string near = nearest(word, known);
    return near.empty() ? std::string() : fmt::format("did you mean `{}`?", near);
  };
  auto is_name = [](const std::string& part) { return part.find('*') == std::string::npos; };
  std::vector<std::string> tables, columns;
  for (const Metadata& source : sources) {
    for (const TableInfo& table : source.tables) {
      if (!Key{key.source, "*", "*"}.matches(source.source, table.name, "")) continue;
      tables.push_back(lower(table.name));
      if (!Key{key.source, key.table, "*"}.matches(source.source, table.name, "")) continue;
      for (const ColumnInfo& column : table.columns) columns.push_back(lower(column.name));
    }
  }
  if (tables.empty() && is_name(key.source))
    return {place, fmt::format("there is no source `{}`", key.source), hint(key.source, names)};
  if (columns.empty() && is_name(key.table))
    return {place, fmt::format("there is no table `{}`", key.table), hint(key.table, tables)};
  if (is_name(key.column)) {
    std::string of = is_name(key.table) ? key.table : "any table it names";
    return {place, fmt::format("no column `{}` in {}", key.column, of), hint(key.column, columns)};
  }
  return {place, "the rule matches nothing", "remove it, or correct its pattern"};
}

template <typename Rule>
void add_idle(const RuleIndex<Rule>& index, const std::vector<Metadata>& sources,
              std::vector<Problem>& problems) {
  for (const Rule* rule : index.idle()) problems.push_back(idle_problem(rule->key, rule->place, sources));
}

}  // namespace

const char* name_of(Fate fate) {
  return fate == Fate::open ? "open" : fate == Fate::secret ? "secret" : "undecided";
}

table::Type MergedColumn::clean_type() const {
  if (!mask) return cast_type();
  switch (mask->kind) {
    case MaskKind::hmac:
    case MaskKind::last4:
    case MaskKind::email:
    case MaskKind::fpe:
      return table::varchar_type;
    default:
      return cast_type();
  }
}

bool MergedTable::has_secrets() const {
  return std::any_of(columns.begin(), columns.end(),
                     [](const MergedColumn& column) { return column.fate == Fate::secret; });
}

bool MergedTable::is_wanted() const {
  return std::any_of(columns.begin(), columns.end(),
                     [](const MergedColumn& column) { return column.fate != Fate::undecided; });
}

Merged merge(const std::vector<Metadata>& sources, const Rules& rules, std::vector<Problem>& problems) {
  Indexes indexes(rules);
  Merged merged;
  std::map<std::string, std::string> aliases;
  for (const Metadata& source : sources) {
    for (const TableInfo& info : source.tables) {
      MergedTable& table = merged.tables.emplace_back();
      table.source = source.source;
      table.info = info;
      table.alias = plain_name(source.source + "_" + info.name);
      std::string whole = source.source + "." + info.name;
      auto [taken, fresh] = aliases.emplace(table.alias, whole);
      for (const ColumnInfo& column : info.columns) {
        table.columns.push_back(merge_column(column, source.source, info.name, indexes, problems));
      }
      merge_table_rules(table, indexes, problems);
      if (!fresh && table.is_wanted()) {
        problems.push_back(
            {{"metadata/" + source.source + "/tables.csv", 1},
             fmt::format("{} and {} would both be `{}` in the warehouse", taken->second, whole, table.alias),
             "give one of them another logical name with a rule in suikei.yaml"});
      }
    }
  }
  add_idle(indexes.decisions, sources, problems);
  add_idle(indexes.casts, sources, problems);
  add_idle(indexes.masks, sources, problems);
  add_idle(indexes.partitions, sources, problems);
  add_idle(indexes.duplicates, sources, problems);
  return merged;
}

std::string merged_csv(const Merged& merged, const std::string& source) {
  std::string text = csv_line({"source", "table", "column", "type", "decision", "rule", "cast", "format",
                               "mask", "domain", "cleansing", "cleansing_secret", "comment"});
  for (const MergedTable& table : merged.tables) {
    if (table.source != source) continue;
    for (const MergedColumn& column : table.columns) {
      std::string format;
      if (column.cast) {
        format = column.cast->kind == CastKind::zone ? column.cast->from_zone + " -> " + column.cast->to_zone
                                                     : join(column.cast->formats, "|");
      }
      text += csv_line({table.source, table.info.name, column.info.name, table::sql_name(column.info.type),
                        name_of(column.fate), column.decision ? column.decision->key.text() : "",
                        column.cast ? name_of(column.cast->kind) : "", format,
                        column.mask ? name_of(column.mask->kind) : "", column.mask ? column.mask->domain : "",
                        column.in_cleansing() ? table::sql_name(column.clean_type()) : "",
                        column.in_cleansing_secret() ? table::sql_name(column.cast_type()) : "",
                        column.info.comment});
    }
  }
  return text;
}

}  // namespace suikei::generate
