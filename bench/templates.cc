// How long does it take to generate the SQL of many tables? One template, 3,000 contexts of 40 columns each.
// usage: dev bench templates
#include <cstdio>
#include <ctime>

#include "base/text.h"
#include "sql/sql.h"

namespace {

using namespace suikei;

constexpr int contexts = 3000;
constexpr int columns = 40;
constexpr const char* source = R"(
{%- macro cast(column) -%}
  {%- if column.type == 'decimal' -%}
    cast({{ column.name }} as numeric)
  {%- elif column.type == 'time' -%}
    timestamp({{ column.name }}, '{{ zone }}')
  {%- else -%}
    {{ column.name | lower }}
  {%- endif -%}
{%- endmacro -%}
create table {{ dataset }}.{{ table | lower }} as
select
{%- for column in columns if not column.hidden %}
  {{ cast(column) }} as {{ column.name | lower | replace(' ', '_') }}{{ ',' if not loop.last }}
{%- endfor %}
from {{ ref(table) }}
where {% for key in keys %}{{ key }} is not null{{ ' and ' if not loop.last }}{% endfor %}
)";

Json context(int number) {
  static const char* types[] = {"decimal", "time", "text", "integer"};
  Json listed = Json::array();
  for (int i = 0; i < columns; i++) {
    listed.push_back(
        {{"name", fmt::format("Column {}", i)}, {"type", types[i % 4]}, {"hidden", i % 10 == 9}});
  }
  return {{"dataset", "staging"},
          {"table", fmt::format("Table_{}", number)},
          {"zone", "Asia/Tokyo"},
          {"keys", {"tenant", "id"}},
          {"columns", std::move(listed)}};
}

}  // namespace

int main() {
  sql::Templates templates = MUST(sql::Templates::create());
  templates.declare({"ref"});
  MUST(templates.add("generate.sql", source));
  sql::Call call = [](std::string_view, const Json& args, const Json&) -> Result<Json> {
    return Json{{"__text__", "raw." + args[0].get<std::string>()}};
  };
  std::vector<Json> tables;
  for (int i = 0; i < contexts; i++) tables.push_back(context(i));
  std::clock_t start = std::clock();  // of this process, since others may keep the machine busy
  size_t bytes = 0;
  for (const Json& table : tables) bytes += MUST(templates.render("generate.sql", table, call)).size();
  double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  std::printf("%d renders of %d columns: %.3f CPU s, %.0f a second, %zu KB of SQL\n", contexts, columns,
              seconds, contexts / seconds, bytes / 1024);
}
