#include "build/law.h"

#include <algorithm>
#include <unordered_map>

#include "base/csv.h"
#include "base/hash.h"
#include "base/text.h"
#include "build/lineage.h"
#include "build/parse.h"
#include "io/files.h"

namespace suikei::build {
namespace {

namespace fs = std::filesystem;
constexpr const char* baseline_name = "layers_baseline.csv";

bool glob(std::string_view pattern, std::string_view text) {
  size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (text.substr(0, star) != pattern.substr(0, star)) return false;
  for (size_t skip = star; skip <= text.size(); ++skip) {
    if (glob(pattern.substr(star + 1), text.substr(skip))) return true;
  }
  return false;
}

const config::Layer* layer_of(const config::Project& project, const std::string& dataset) {
  for (const config::Layer& layer : project.layers) {
    for (const std::string& pattern : layer.datasets) {
      if (glob(pattern, dataset)) return &layer;
    }
  }
  return nullptr;
}

/// What a secret column is and how it came: "lake_mf.customers.email (secret)" behind every step.
struct Taint {
  std::string way;
};
using Columns = std::map<std::string, std::optional<Taint>>;  ///< by name in lower case

/// A relation: its columns in order, and which of them carry a secret.
struct Relation {
  std::vector<std::string> names;
  Columns taints;
  bool known = false;  ///< whether `names` are all
  std::optional<Taint> any() const {
    for (const auto& [name, taint] : taints) {
      if (taint) return taint;
    }
    return std::nullopt;
  }
};

class Law {
 public:
  Law(const Graph& graph, const config::Project& project, const TableColumns& table_columns)
      : graph_(graph), project_(project), table_columns_(table_columns) {}

  Result<> read_decisions();
  Result<> take(const Node& node, const SyntaxTree& tree);
  void check_reads(const Node& node);
  void trust(const Node& node, const SyntaxTree& tree);
  std::vector<Violation> violations;

 private:
  Result<Relation*> relation(const std::string& name);
  Result<Relation> source_relation(const std::string& schema, const std::string& table);
  std::optional<Taint> taint_of(const ColumnRefs& from);

  const Graph& graph_;
  const config::Project& project_;
  const TableColumns& table_columns_;
  std::unordered_map<std::string, Relation> relations_;
  std::map<std::string, std::string> decisions_;  ///< "lake_mf.orders.id" -> open
};

/// What generate made of the rules: metadata/<source>/merged.csv.
Result<> Law::read_decisions() {
  for (const config::Source& source : project_.sources) {
    fs::path path = project_.folder / "metadata" / source.name / "merged.csv";
    std::error_code problem;
    if (!fs::exists(path, problem)) continue;
    std::string text = TRY(io::read_file(path));
    std::vector<CsvRow> rows = TRY(parse_csv(text));
    for (const CsvRow& row : rows) {
      if (row.fields.size() < 5) continue;
      decisions_[lower("lake_" + row.fields[0] + "." + row.fields[1] + "." + row.fields[2])] = row.fields[4];
    }
  }
  return ok();
}

Result<Relation> Law::source_relation(const std::string& schema, const std::string& table) {
  Relation made;
  std::optional<std::vector<std::string>> columns = TRY(table_columns_(schema, table));
  const config::Layer* layer = layer_of(project_, schema);
  bool in_lake = layer && layer->secrets;
  made.known = columns.has_value();
  if (columns) made.names = *columns;
  for (std::string& name : made.names) {
    name = lower(name);
    std::string whole = schema + "." + table + "." + name;
    auto decision = decisions_.find(whole);
    bool open =
        !in_lake || starts_with(name, "_") || (decision != decisions_.end() && decision->second == "open");
    if (table == "_quarantine" && in_lake) open = name == "_shard" || name == "_tenant";
    std::string why = decision == decisions_.end() ? "undecided" : decision->second;
    made.taints[name] = open ? std::nullopt : std::optional<Taint>(Taint{whole + " (" + why + ")"});
  }
  if (!made.known && in_lake) made.taints["*"] = Taint{schema + "." + table + " (columns not known)"};
  return made;
}

Result<Relation*> Law::relation(const std::string& name) {
  auto found = relations_.find(name);
  if (found != relations_.end()) return &found->second;
  // What no model makes: a source, or a table that somebody names by hand.
  size_t dot = name.rfind('.');
  Relation made;
  if (dot != std::string::npos) {
    std::string schema = name.substr(0, dot);
    size_t catalog = schema.rfind('.');
    if (catalog != std::string::npos) schema = schema.substr(catalog + 1);
    made = TRY(source_relation(schema, name.substr(dot + 1)));
  }
  return &(relations_[name] = std::move(made));
}

std::optional<Taint> Law::taint_of(const ColumnRefs& from) {
  for (const ColumnRef& ref : from) {
    auto found = relations_.find(ref.relation);
    if (found == relations_.end()) continue;
    if (ref.column == "*") {
      if (std::optional<Taint> taint = found->second.any()) return taint;
      continue;
    }
    auto column = found->second.taints.find(ref.column);
    if (column == found->second.taints.end()) column = found->second.taints.find("*");
    if (column != found->second.taints.end() && column->second) return column->second;
  }
  return std::nullopt;
}

Result<> Law::take(const Node& node, const SyntaxTree& tree) {
  std::optional<Error> failed;
  ColumnsOf columns_of = [&](const std::string& name) -> const std::vector<std::string>* {
    Result<Relation*> found = relation(name);
    if (!found.ok()) failed = found.error();
    return found.ok() && found.value()->known ? &found.value()->names : nullptr;
  };
  Lineage lineage = TRY(lineage_of(tree, columns_of).within(node.file.path));
  if (failed) return *failed;
  Relation made;
  made.known = true;
  const config::Layer* layer = layer_of(project_, node.schema);
  bool refuses = !layer || !layer->secrets;
  std::string whole = node.schema + "." + node.alias;
  for (const OutputColumn& column : lineage.columns) {
    std::string name = lower(column.name);
    std::optional<Taint> taint = taint_of(column.from);
    if (taint) taint->way = whole + "." + (name.empty() ? "?" : name) + " ← " + taint->way;
    if (name == "*" || name.empty()) made.known = false;
    if (taint && refuses && node.materialized != "ephemeral") {
      violations.push_back(
          {node.file.name, node.file.path, "secret " + name,
           fmt::format("an unmasked secret arrives in {}: {}", node.schema, taint->way),
           "read it from `cleansing`, where it is masked, or mask it: suikei_hmac(column, domain)"});
      taint.reset();  // told once, where it first breaks the law
    }
    made.names.push_back(name);
    made.taints[name] = std::move(taint);
  }
  std::string key = node.materialized == "ephemeral" ? "__dbt__cte__" + lower(node.file.name) : lower(whole);
  relations_[key] = std::move(made);
  return ok();
}

void Law::check_reads(const Node& node) {
  const config::Layer* layer = layer_of(project_, node.schema);
  if (!layer || node.materialized == "ephemeral") return;
  std::set<std::pair<std::string, std::string>> read;
  for (size_t need : node.needs) read.insert({graph_.nodes[need].schema, graph_.nodes[need].alias});
  for (const auto& source : node.sources) {
    const SourceTable& table = graph_.files.sources.at(source);
    read.insert({table.schema, table.identifier});
  }
  for (const auto& [schema, table] : read) {
    const config::Layer* from = layer_of(project_, schema);
    if (!from || from == layer || schema == node.schema) {
      bool allowed = !from || schema == node.schema ||
                     std::find(layer->reads.begin(), layer->reads.end(), layer->name) != layer->reads.end();
      if (allowed) continue;
    } else if (std::find(layer->reads.begin(), layer->reads.end(), from->name) != layer->reads.end()) {
      continue;
    }
    violations.push_back({node.file.name, node.file.path, fmt::format("reads {}.{}", schema, table),
                          fmt::format("{} is in layer {}, which may not read {} of layer {}", node.schema,
                                      layer->name, schema + "." + table, from->name),
                          layer->reads.empty() ? "" : "it may read: " + join(layer->reads, ", ")});
  }
}

/// The generator's own word for its own file.
bool is_believed(const Node& node) {
  constexpr std::string_view stamp = "-- suikei:generated ";
  const std::string& text = node.file.source;
  size_t end = text.find('\n');
  bool masked = node.schema == "cleansing" || node.schema == "monitoring";
  return masked && starts_with(text, stamp) && end != std::string::npos &&
         text.substr(stamp.size(), 32) == md5_hex(text.substr(end + 1));
}

void Law::trust(const Node& node, const SyntaxTree& tree) {
  Relation made;
  Result<Lineage> lineage = lineage_of(tree, [&](const std::string& name) -> const std::vector<std::string>* {
    Result<Relation*> found = relation(name);
    return found.ok() && found.value()->known ? &found.value()->names : nullptr;
  });
  made.known = lineage.ok();
  if (lineage.ok()) {
    for (const OutputColumn& column : lineage.value().columns) {
      made.names.push_back(lower(column.name));
      made.taints[lower(column.name)] = std::nullopt;
    }
  }
  relations_[lower(node.schema + "." + node.alias)] = std::move(made);
}

}  // namespace

Result<std::vector<Violation>> find_violations(const Graph& graph, const config::Project& project,
                                               engine::Engine& parser, const TableColumns& table_columns) {
  Law law(graph, project, table_columns);
  TRY(law.read_decisions());
  std::vector<size_t> places;
  std::vector<std::string> statements;
  for (size_t at : graph.order) {
    const Node& node = graph.nodes[at];
    if (node.file.kind == NodeKind::seed || node.file.kind == NodeKind::test) continue;
    law.check_reads(node);
    places.push_back(at);
    statements.push_back(node.draft);
  }
  TRY(parse_statements(parser, statements, [&](size_t at, Result<const SyntaxTree*> tree) -> Result<> {
    const Node& node = graph.nodes[places[at]];
    if (!tree.ok()) return tree.error().within(node.file.path);
    if (is_believed(node)) {
      law.trust(node, *tree.value());
      return ok();
    }
    return law.take(node, *tree.value());
  }));
  return std::move(law.violations);
}

Result<std::vector<Violation>> without_baseline(const config::Project& project,
                                                std::vector<Violation> violations) {
  fs::path path = project.folder / baseline_name;
  std::error_code problem;
  if (!fs::exists(path, problem)) return violations;
  std::string text = TRY(io::read_file(path));
  std::vector<CsvRow> rows = TRY(parse_csv(text).within(baseline_name));
  for (const CsvRow& row : rows) {
    if (row.fields.size() < 2 || row.fields[0] == "node") continue;
    auto allowed = std::find_if(violations.begin(), violations.end(), [&](const Violation& violation) {
      return violation.node == row.fields[0] && violation.rule == row.fields[1];
    });
    if (allowed != violations.end()) {
      violations.erase(allowed);
      continue;
    }
    violations.push_back({row.fields[0], fmt::format("{}:{}", baseline_name, row.line), row.fields[1],
                          fmt::format("{} no longer breaks the law by: {}", row.fields[0], row.fields[1]),
                          "remove the line: the baseline may only shrink"});
  }
  return violations;
}

Result<> freeze(const config::Project& project, const std::vector<Violation>& violations) {
  std::string text = csv_line({"node", "rule"});
  for (const Violation& violation : violations) text += csv_line({violation.node, violation.rule});
  return io::write_file_atomically(project.folder / baseline_name, text);
}

Error as_error(const std::vector<Violation>& violations) {
  std::string text =
      counted(static_cast<int64_t>(violations.size()), "break") + " of the layers' law, nothing built";
  for (const Violation& violation : violations) {
    text += fmt::format("\n  {}: {}", violation.place, violation.message);
    if (!violation.hint.empty()) text += " → " + violation.hint;
  }
  return Error{ErrorKind::config, text, ""};
}

}  // namespace suikei::build
