// ducklake_ddl.cc — tables of the lake take the columns of what is about to be published.
// Holds: every kind of change in a transaction of its own and before any data: a type that is widened in the
//        transaction that adds data gives wrong answers later.

#include "base/text.h"
#include "io/fault.h"
#include "lakes/ducklake/ducklake_lake.h"

namespace suikei::lakes::ducklake {
namespace {

/// Statements by the transaction they belong to.
struct Ddl {
  std::vector<std::string> create, add, widen;
};

std::string qualified(const TableName& name) {
  return fmt::format("lake.{}.{}", engine::quote_name(name.dataset), engine::quote_name(name.table));
}

std::string columns_of(const table::Schema& schema) {
  std::vector<std::string> columns;
  for (const table::Column& column : schema.columns) {
    columns.push_back(engine::quote_name(column.name) + " " + sql_name(column.type));
  }
  return join(columns, ", ");
}

Result<> plan_table(const TableName& name, const table::Schema& wanted, const CatalogTable* actual,
                    Ddl& ddl) {
  std::string partition = fmt::format("ALTER TABLE {} SET PARTITIONED BY ({})", qualified(name),
                                      engine::quote_name(table::shard_column));
  if (wanted.find(table::shard_column) < 0) {
    return Error{ErrorKind::usage, fmt::format("{} has no column {}", qualified(name), table::shard_column),
                 ""};
  }
  if (!actual) {
    ddl.create.push_back(fmt::format("CREATE TABLE {} ({})", qualified(name), columns_of(wanted)));
    ddl.create.push_back(partition);
    return ok();
  }
  table::Schema merged = TRY(schema_of(*actual));
  table::SchemaChange change;
  if (auto conflict = table::merge(merged, wanted, &change)) {
    return Error{ErrorKind::rejected, fmt::format("{}.{}: {}", name.dataset, name.table, conflict->text()),
                 ""};
  }
  for (const table::Column& column : change.added) {
    ddl.add.push_back(fmt::format("ALTER TABLE {} ADD COLUMN {} {}", qualified(name),
                                  engine::quote_name(column.name), sql_name(column.type)));
  }
  for (const table::Column& column : change.widened) {
    ddl.widen.push_back(fmt::format("ALTER TABLE {} ALTER COLUMN {} SET DATA TYPE {}", qualified(name),
                                    engine::quote_name(column.name), sql_name(column.type)));
  }
  if (!actual->partitioned) ddl.add.push_back(partition);
  return ok();
}

/// What the tables need; an Error before anything is done when one of them conflicts.
Result<Ddl> plan(Catalog& catalog, const std::map<TableName, table::Schema>& wanted) {
  std::map<TableName, CatalogTable> actual = TRY(catalog.tables_of(wanted));
  Ddl ddl;
  std::string dataset;
  for (const auto& [name, schema] : wanted) {
    auto at = actual.find(key_of(name));
    const CatalogTable* table = at == actual.end() ? nullptr : &at->second;
    if (!table && dataset != name.dataset) {
      ddl.create.push_back("CREATE SCHEMA IF NOT EXISTS lake." + engine::quote_name(name.dataset));
      dataset = name.dataset;
    }
    TRY(plan_table(name, schema, table, ddl));
  }
  return ddl;
}

}  // namespace

Result<> DuckLake::evolve(const std::map<TableName, table::Schema>& tables) {
  TRY(must_write());
  if (tables.empty()) return ok();
  io::FileLock held = TRY(lock("changing tables"));
  Ddl ddl = TRY(plan(*catalog_, tables));
  TRY(io::fault_point("evolve.before"));
  TRY(run_together(ddl.create));
  TRY(run_together(ddl.add));
  TRY(run_together(ddl.widen));
  TRY(catalog_->settle(tables));
  return io::fault_point("evolve.after");
}

}  // namespace suikei::lakes::ducklake
