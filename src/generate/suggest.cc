#include "generate/suggest.h"

#include "base/csv.h"
#include "base/text.h"
#include "generate/detect.h"

namespace suikei::generate {
namespace {

/// Columns of one join domain hold the same thing.
std::string domain_of(PersonalKind kind) {
  bool person = kind == PersonalKind::kanji_name || kind == PersonalKind::kana_name ||
                kind == PersonalKind::romaji_name;
  return person ? "person" : name_of(kind);
}

/// Text of which no sample says what else it may hold.
bool is_free(const ColumnInfo& column) {
  std::string type = lower(split_first(column.source_type, "("));
  return column.type.kind == table::TypeKind::blob || type.ends_with("text") || type == "json";
}

void propose(const MergedTable& table, const ColumnInfo& column, const ColumnProbe& probe, int64_t values,
             Suggestions& into) {
  std::vector<Verdict> verdicts = probe.personal();
  if (!verdicts.empty()) {
    const Verdict& verdict = verdicts[0];
    ++into.secret;
    into.decisions += csv_line({table.source, table.info.name, column.name, "secret", verdict.evidence()});
    std::string mask = name_of(verdict.mask);
    into.masking += csv_line({table.source, table.info.name, column.name, mask,
                              mask == "hmac" ? domain_of(verdict.kind) : "", "", verdict.evidence()});
  } else if (is_free(column) || values == 0) {
    ++into.silent;
  } else {
    ++into.open;
    into.decisions += csv_line({table.source, table.info.name, column.name, "open",
                                fmt::format("nothing personal in {}", counted(values, "value"))});
  }
  std::vector<Casting> castings = probe.castings();
  if (castings.empty()) return;
  const Casting& casting = castings[0];
  bool dates = casting.kind == ProposedCast::date || casting.kind == ProposedCast::datetime;
  ++into.casts;
  into.casting += csv_line({table.source, table.info.name, column.name, name_of(casting.kind),
                            dates ? join(casting.formats, "|") : "", casting.evidence()});
}

Result<> look_at(lakes::Lake& lake, const MergedTable& table, Suggestions& into) {
  std::vector<const ColumnInfo*> columns;
  std::vector<std::string> names;
  for (const MergedColumn& column : table.columns) {
    if (column.fate != Fate::undecided) continue;
    columns.push_back(&column.info);
    names.push_back(lakes::sql_name(column.info.name));
  }
  lakes::TableName name{"lake_" + table.source, table.info.name};
  if (columns.empty() || !TRY(lake.find_table(name))) return ok();
  table::Rows rows = TRY(lake.query(
      fmt::format("SELECT {} FROM {}.{} USING SAMPLE reservoir({} ROWS) REPEATABLE (1)", join(names, ", "),
                  lakes::sql_name(name.dataset), lakes::sql_name(name.table), sampled_values_wanted)));
  for (size_t i = 0; i < columns.size(); ++i) {
    ColumnProbe probe(columns[i]->name, columns[i]->comment, table::sql_name(columns[i]->type));
    int64_t values = 0;
    for (const table::Row& row : rows.rows) {
      if (!row[i]) continue;
      probe.add(*row[i]);
      ++values;
    }
    propose(table, *columns[i], probe, values, into);
  }
  return ok();
}

}  // namespace

Result<Suggestions> suggest(lakes::Lake& lake, const Merged& merged) {
  Suggestions made;
  made.decisions = csv_line({"source", "table", "column", "decision", "note"});
  made.masking = csv_line({"source", "table", "column", "mask", "domain", "value", "note"});
  made.casting = csv_line({"source", "table", "column", "cast", "format", "note"});
  for (const MergedTable& table : merged.tables) TRY(look_at(lake, table, made));
  return made;
}

}  // namespace suikei::generate
