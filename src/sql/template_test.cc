#include "sql/template.h"

#include <gtest/gtest.h>

#include <thread>

namespace suikei::sql {
namespace {

std::string render(Templates& templates, const std::string& source, const Json& context = Json::object(),
                   const Call& call = {}) {
  Result<> added = templates.add("t.sql", source);
  if (!added) return "error: " + added.error().message;
  Result<std::string> text = templates.render("t.sql", context, call);
  return text ? text.value() : "error: " + text.error().message;
}

TEST(Templates, RenderTheContext) {
  Templates templates = MUST(Templates::create());
  Json context = {{"name", "orders"}, {"columns", {"id", "price"}}, {"limit", 10}};
  EXPECT_EQ(
      render(templates, "select {{ columns | join(', ') }} from {{ name }} limit {{ limit + 1 }}", context),
      "select id, price from orders limit 11");
}

TEST(Templates, CallDeclaredFunctions) {
  Templates templates = MUST(Templates::create());
  templates.declare({"ref", "adapter.quote"});
  Call call = [](std::string_view name, const Json& args, const Json& kwargs) -> Result<Json> {
    return Json(std::string(name) + args.dump() + kwargs.dump());
  };
  EXPECT_EQ(
      render(templates, "{{ ref('a', 1, version=2) }} {{ adapter.quote(x=[none]) }}", Json::object(), call),
      "ref[\"a\",1]{\"version\":2} adapter.quote[]{\"x\":[null]}");
}

}  // namespace
}  // namespace suikei::sql
