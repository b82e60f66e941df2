// walk.h — the walk over one statement's tree that finds its lineage; internal to lineage.h.
// Holds:  a name is looked for where the engine looks for it: parameters of lambdas, columns of FROM, a whole
//         row, aliases of the same SELECT, then the statements around it.
// See:    walk.cc (queries), walk_from.cc (what stands in FROM), walk_pivot.cc, walk_star.cc (`*`, COLUMNS),
//         walk_value.cc and walk_function.cc (expressions), walk_name.cc (names)
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "build/flow.h"
#include "build/lineage.h"

namespace suikei::build {

/// Something in FROM, under the name by which columns ask for it.
struct Relation {
  std::string_view alias, schema, catalog;
  std::shared_ptr<const Row> row;
  std::optional<uint32_t> table;  ///< what it reads, unless it is made in the statement
};

/// A column that USING or NATURAL JOIN made of several.
struct Merged {
  std::string_view name;
  Value value;
  std::vector<size_t> relations;  ///< positions in Scope::relations
};

/// A common table expression, and those that may be named beside it.
struct Cte {
  std::string_view name;
  std::shared_ptr<const Row> row;
  Set conditions = 0;
  const Cte* before = nullptr;
};

/// What a SELECT can name.
struct Scope {
  Scope* around = nullptr;  ///< the statement (or the FROM to the left) this one stands in
  const Cte* ctes = nullptr;
  std::vector<Relation> relations;
  std::vector<Merged> merged;
  size_t nearest = 0;  ///< relations before this one count only when none from it on has the name
  std::vector<std::pair<std::string_view, Value>> aliases, parameters;
  bool alias_first = false;      ///< ORDER BY looks at aliases before columns
  const Column* star = nullptr;  ///< what COLUMNS(…) stands for just now
};

class Walk {
 public:
  Walk(const ColumnsOf& columns_of, const LineageOptions& options)
      : columns_of_(columns_of), options_(options) {}

  Result<Lineage> run(TreeNode statement);

 private:
  // queries
  Row query(TreeNode node, Scope* around, const Cte* ctes);
  Row select(TreeNode node, Scope* around, const Cte* ctes);
  Row set_operation(TreeNode node, Scope* around, const Cte* ctes);
  Row recursive(TreeNode node, Scope* around, const Cte* ctes);
  const Cte* bind_ctes(TreeNode node, Scope* around, const Cte* ctes, std::deque<Cte>& own);
  void modifiers(TreeNode node, Scope& scope, const Row& row);
  void grouping(TreeNode node, Scope& scope, const Row& row, const std::vector<bool>& aggregated);
  Row beside(const Row& left, const Row& right);
  Row beside_by_name(const Row& left, const Row& right);
  bool same(const Row& one, const Row& other) const;
  void rename(Row& row, TreeNode names);
  void number_repeated_names(Row& row);

  // what stands in FROM
  void from(TreeNode node, Scope& scope);
  void base_table(TreeNode node, Scope& scope);
  void join(TreeNode node, Scope& scope);
  void merge_columns(TreeNode node, Scope& scope, size_t left, size_t right, size_t end);
  void table_function(TreeNode node, Scope& scope);
  Row tables_named(TreeNode arguments, Scope& scope);
  const Cte* find_cte(const Scope& scope, std::string_view name);
  void value_rows(TreeNode node, Scope& scope);
  void show(TreeNode node, Scope& scope);
  void pivot(TreeNode node, Scope& scope);
  Row pivoted(TreeNode node, Scope& source);
  Row unpivoted(TreeNode node, Scope& source);
  void names_used(TreeNode node, const Scope& source, std::vector<std::string_view>& names);
  void add(Scope& scope, TreeNode node, Row row);
  Row read_table(uint32_t table) const;
  uint32_t table_number(std::string name);

  // `*`
  void select_item(TreeNode item, Scope& scope, Row& row);
  bool select_unnest(TreeNode item, Scope& scope, Row& row);
  void add_fields(const Value& of, int depth, Row& row);
  Row star(TreeNode node, Scope& scope);
  Row columns_taken(TreeNode node, Scope& scope);
  Row all_columns(TreeNode star, Scope& scope);
  static bool aggregates(TreeNode node);

  // values
  Value value(TreeNode node, Scope& scope);
  Value function(TreeNode node, Scope& scope);
  Value window(TreeNode node, Scope& scope);
  Value conditional(TreeNode node, Scope& scope);
  Value operation(TreeNode node, Scope& scope);
  Value subquery(TreeNode node, Scope& scope);
  Value extract(Value of, TreeNode what, Scope& scope);
  Value call(std::string_view name, TreeNode node, std::vector<Value> arguments, Scope& scope);
  Value lambda(TreeNode node, Scope& scope, const std::vector<Value>& lists);
  Value pack(TreeNode node, bool into_first, std::vector<Value> arguments);
  bool is_arrow(TreeNode node, Scope& scope);
  Value either(Value one, const Value& other);
  Value field(const Value& of, std::string_view name);
  Value element(Value of) const;
  Flow everything(TreeNode node, Scope& scope);
  bool is_masking(std::string_view name, TreeNode node) const;
  Flow whole(const Value& value);
  Flow whole(const Row& row);
  Flow unite(Flow one, Flow other);
  void add_flow(Flow& to, Flow more) { to = unite(to, more); }
  void condition(Flow flow);
  void condition(TreeNode node, Scope& scope);

  // names
  Value column(const std::vector<std::string_view>& names, Scope& scope);
  std::optional<Value> resolve(const std::vector<std::string_view>& names, Scope& scope);
  std::optional<Value> resolve_here(const std::vector<std::string_view>& names, Scope& scope, bool& certain);
  std::optional<Value> unqualified(std::string_view name, Scope& scope, bool whole_row, bool& certain);
  std::optional<Value> find_named(const Scope& scope, size_t begin, size_t end, std::string_view name);
  std::optional<Value> find_possible(const Row& row, std::string_view name);
  std::optional<Value> find(const Relation& relation, std::string_view name);
  std::optional<Value> find(const Row& row, std::string_view name);
  const Relation* find_relation(const Scope& scope, std::string_view alias) const;
  Input input_named(uint32_t table, std::string_view column);
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }

  ColumnRefs refs(Set set) const;
  void not_understood(std::string_view what, std::string_view which);

  struct Table {
    std::string name;
    const std::vector<std::string>* columns;
    Input first;  // the number of the first of its known columns
  };
  struct InputColumn {
    uint32_t table;
    std::string_view name;
  };

  const ColumnsOf& columns_of_;
  const LineageOptions& options_;
  Sets sets_;
  std::vector<Table> tables_;
  std::vector<InputColumn> inputs_;
  std::deque<std::string> texts_;
  std::vector<std::string> unresolved_;
  Set conditions_ = 0;
  std::optional<Error> problem_;
};

}  // namespace suikei::build
