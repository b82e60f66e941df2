#include "sql/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace suikei::sql {
namespace {

using testing::HasSubstr;

Templates make(Unknown unknown = Unknown::error) {
  return MUST(Templates::create(unknown));
}

/// Templates with some functions of a program around them.
struct Lab {
  Templates templates = make();
  std::vector<std::string> calls;

  Lab() {
    templates.declare({"ref", "config", "statement", "adapter.dispatch", "adapter.quote", "relation.twice"});
  }

  Result<Json> answer(std::string_view name, const Json& args, const Json& kwargs) {
    calls.push_back(std::string(name) + args.dump() + kwargs.dump());
    if (name == "ref" && args[0] == "unknown") {
      return Error{ErrorKind::not_found, "there is no model 'unknown'", "did you mean 'known'?"};
    }
    if (name == "ref") {
      return Json{{"__text__", "\"lake\".\"" + args[0].get<std::string>() + "\""},
                  {"identifier", args[0]},
                  {"twice", {{"__method__", "relation.twice"}}}};
    }
    if (name == "relation.twice")
      return Json(args[0]["identifier"].get<std::string>() + "," + args[1].dump());
    if (name == "adapter.dispatch") return Json{{"__macro__", "default__" + args[0].get<std::string>()}};
    if (name == "statement") return Json("");
    return Json(nullptr);
  }

  std::string render(const std::string& source, const Json& context = Json::object()) {
    Result<> added = templates.add("model.sql", source);
    if (!added) return "error: " + added.error().message;
    Result<std::string> text = templates.render(
        "model.sql", context, [this](std::string_view name, const Json& args, const Json& kwargs) {
          return answer(name, args, kwargs);
        });
    return text ? text.value() : "error: " + text.error().message;
  }

  void macros(const std::string& package, const std::string& source) {
    Result<> added = templates.add_macros(package, package + "/macros.sql", source);
    ASSERT_TRUE(added.ok()) << added.error().message;
  }
};

TEST(Templates, RenderTheContext) {
  Json context = {{"name", "orders"}, {"columns", {"id", "price"}}, {"limit", 10}};
  EXPECT_EQ(Lab().render("select {{ columns | join(', ') }} from {{ name }} limit {{ limit + 1 }}", context),
            "select id, price from orders limit 11");
}

TEST(Templates, SayWhereASyntaxErrorIs) {
  Result<> added = Lab().templates.add("models/a.sql", "select 1\n{% if x %}\nfrom y {{ oh no }}");
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.error().kind, ErrorKind::config);
  EXPECT_THAT(added.error().message, testing::StartsWith("models/a.sql:3: "));
}

TEST(Templates, CountLinesFromWhereTheSourceBeginsInItsFile) {
  Lab lab;
  MUST(lab.templates.add("snapshots.sql", "a\n{{ nope }}", 11));
  EXPECT_EQ(lab.templates.render("snapshots.sql", {}).error().message,
            "snapshots.sql:12: 'nope' is undefined");
}

TEST(Templates, KeepTheOldOneWhenTheNewOneIsWrong) {
  Lab lab;
  MUST(lab.templates.add("a", "old"));
  EXPECT_FALSE(lab.templates.add("a", "{{").ok());
  EXPECT_EQ(MUST(lab.templates.render("a", {})), "old");
  MUST(lab.templates.add("a", "new"));
  EXPECT_EQ(MUST(lab.templates.render("a", {})), "new");
}

TEST(Templates, TellAMissingTemplateFromAWrongOne) {
  Lab lab;
  EXPECT_EQ(lab.templates.render("nope", {}).error().kind, ErrorKind::not_found);
  EXPECT_EQ(lab.render("{% include 'nope' %}"), "error: model.sql:1: there is no template 'nope'");
}

TEST(Templates, RefuseTextThatIsNotUtf8) {
  Lab lab;
  EXPECT_EQ(lab.templates.add("a", "caf\xe9").error().kind, ErrorKind::config);
  MUST(lab.templates.add("a", "{{ x }}"));
  EXPECT_EQ(lab.templates.render("a", {{"x", "caf\xe9"}}).error().kind, ErrorKind::config);
}

TEST(Templates, TakeWhatIsUnknownForEmptyWhereWanted) {
  Lab lab;
  lab.templates = make(Unknown::empty);
  EXPECT_EQ(lab.render("[{{ x }}{{ d.x }}{{ xs[5] }}] {{ x is defined }} {{ 'T' if x else 'F' }} {{ 'a' ~ x "
                       "}} {{ x == y }}"
                       "{% for i in x %}{% endfor %} {{ x|default('d') }} {{ [x]|join }} {{ x|length }}",
                       {{"d", Json::object()}, {"xs", Json::array()}}),
            "[] False F a True d  0");
  EXPECT_EQ(lab.render("{{ x.y }}"), "error: model.sql:1: 'x' is undefined");
  EXPECT_EQ(lab.render("{{ x + 1 }}"), "error: model.sql:1: 'x' is undefined");
  EXPECT_EQ(lab.render("{{ x() }}"), "error: model.sql:1: 'x' is undefined");
  EXPECT_EQ(make().render("x", {}).error().kind, ErrorKind::not_found);
}

TEST(TemplateCalls, GiveArgumentsAsJson) {
  Lab lab;
  EXPECT_EQ(lab.render("{{ config(1, 'a', [none, 2.5], (1, 2), kind={'x': true}, list=range(2)) }}"), "None");
  EXPECT_THAT(lab.calls,
              testing::ElementsAre(R"(config[1,"a",[null,2.5],[1,2]]{"kind":{"x":true},"list":[0,1]})"));
}

TEST(TemplateCalls, PrintObjectsAsTheirTextAndShowTheirAttributes) {
  Lab lab;
  EXPECT_EQ(
      lab.render("{% set r = ref('a') %}{{ r }} {{ r.identifier }} {{ r ~ '' }} {{ r.nope is defined }} "
                 "{{ r.twice(7) }} {{ r|upper }} {{ r is string }} {{ r == ref('a') }}"),
      R"("lake"."a" a "lake"."a" False a,7 "LAKE"."A" False True)");
}

TEST(TemplateCalls, TakeObjectsForMappings) {
  EXPECT_EQ(Lab().render(
                "{% set r = ref('a') %}{{ r is mapping }} {{ r.get('identifier') }} {{ r.get('nope', 1) }} "
                "{{ r.keys()|list }}"),
            "True a 1 ['identifier', 'twice']");
}

TEST(TemplateCalls, AreFoundInTheContextToo) {
  Lab lab;
  Json adapter = {{"type", "duckdb"}, {"quote", {{"__function__", "adapter.quote"}}}};
  EXPECT_EQ(lab.render("{{ adapter.type }} {{ adapter.quote('x') }}", {{"adapter", adapter}}), "duckdb None");
  EXPECT_THAT(lab.calls, testing::ElementsAre(R"(adapter.quote["x"]{})"));
}

TEST(TemplateCalls, GetObjectsBackAsTheyWereGiven) {
  Lab lab;
  lab.render("{% do config(ref('a'), ref) %}");
  EXPECT_THAT(lab.calls.back(), HasSubstr(R"({"__text__":"\"lake\".\"a\"","identifier":"a","twice":)"));
  EXPECT_THAT(lab.calls.back(), HasSubstr(R"({"__function__":"ref"})"));
}

TEST(TemplateCalls, KeepTheErrorOfTheFunction) {
  Lab lab;
  MUST(lab.templates.add("model.sql", "select *\nfrom {{ ref('unknown') }}"));
  Result<std::string> text = lab.templates.render(
      "model.sql", {},
      [&](auto name, const Json& args, const Json& kwargs) { return lab.answer(name, args, kwargs); });
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(text.error().kind, ErrorKind::not_found);
  EXPECT_EQ(text.error().message, "model.sql:2: there is no model 'unknown'");
  EXPECT_EQ(text.error().hint, "did you mean 'known'?");
}

TEST(TemplateCalls, RefuseWhatWasNotDeclared) {
  Lab lab;
  EXPECT_EQ(lab.render("{{ nope() }}"), "error: model.sql:1: 'nope' is undefined");
  EXPECT_THAT(lab.render("{{ adapter.nope() }}"), HasSubstr("has no attribute 'nope'"));
  EXPECT_THAT(lab.render("{{ adapter() }}"), HasSubstr("'adapter' is not a function"));
  EXPECT_EQ(lab.render("{{ config(missing) }}"), "error: model.sql:1: config: 'missing' is undefined");
}

TEST(TemplateCalls, GetTheBodyOfACallBlock) {
  Lab lab;
  EXPECT_EQ(lab.render("{% call statement('main', fetch=true) %}select {{ 1 + 1 }}{% endcall %}"), "");
  EXPECT_THAT(lab.calls, testing::ElementsAre(R"(statement["main"]{"fetch":true,"caller":"select 2"})"));
}

TEST(Macros, SeeEachOtherWhateverTheOrder) {
  Lab lab;
  lab.macros("mine", "{% macro a(x) %}a{{ b(x) }}{% endmacro %}");
  lab.macros("other", "{% macro b(x) %}b{{ x }}{{ mine.c() }}{% endmacro %}");
  lab.macros("mine2", "");
  EXPECT_THAT(lab.render("{{ a(1) }}"), HasSubstr("has no attribute 'c'"));
  MUST(lab.templates.add_macros("mine", "mine/c.sql",
                                "text around\n{% macro c() %}c{{ var }}{% endmacro %} is left"));
  EXPECT_EQ(lab.render("{{ a(1) }} {{ mine.a(2) }} {{ other.b(3) }}", {{"var", "!"}}), "ab1c! ab2c! b3c!");
}

TEST(Macros, AreFoundInTheCallersPackageFirst) {
  Lab lab;
  lab.macros("root", "{% macro name() %}root{% endmacro %}");
  lab.macros("lib", "{% macro name() %}lib{% endmacro %}{% macro who() %}{{ name() }}{% endmacro %}");
  EXPECT_EQ(lab.render("{{ name() }} {{ who() }} {{ lib.name() }} {{ root.name() }}"), "root lib lib root");
  EXPECT_TRUE(lab.templates.has_macro("who"));
  EXPECT_TRUE(lab.templates.has_macro("lib.name"));
  EXPECT_FALSE(lab.templates.has_macro("root.who"));
}

TEST(Macros, ReplaceThoseOfTheSamePathAndRefuseThoseOfAnother) {
  Lab lab;
  lab.macros("root", "{% macro a() %}1{% endmacro %}{% macro gone() %}{% endmacro %}");
  lab.macros("root", "{% macro a() %}2{% endmacro %}");
  EXPECT_EQ(lab.render("{{ a() }}"), "2");
  EXPECT_FALSE(lab.templates.has_macro("gone"));
  Result<> again = lab.templates.add_macros("root", "root/twin.sql", "\n{% macro a() %}3{% endmacro %}");
  EXPECT_EQ(again.error().message, "root/twin.sql:2: macro a is already in root/macros.sql:1");
}

TEST(Macros, AreInTheContextOfDbt) {
  Lab lab;
  EXPECT_EQ(lab.render("{{ context is defined }}"), "False");
  lab.macros("root", "{% macro a() %}A{% endmacro %}");
  EXPECT_EQ(lab.render(
                "{{ context['a']() }} {{ context.root.a() }} {{ 'a' in context }} {{ 'b' in context }} "
                "{{ 'a' in root }} {{ context.get('b', 'none') }} {{ context.v }} {{ context['b'] is none }}",
                {{"v", 1}}),
            "A A True False True none 1 False");
}

TEST(Macros, StandBeforeDeclaredFunctions) {
  Lab lab;
  lab.macros("root", "{% macro ref(x) %}mine {{ x }}{% endmacro %}");
  EXPECT_EQ(lab.render("{{ ref('a') }}"), "mine a");
}

TEST(Macros, ReturnValuesOfAnyType) {
  Lab lab;
  lab.macros("root",
             "{% macro list() %}ignored{{ return([1, {'a': 2}]) }}never{% endmacro %}"
             "{% macro early(x) %}{% for i in [1, 2, 3] %}{% if i == x %}{% do return(i * 10) %}{% endif %}"
             "{% endfor %}none found{% endmacro %}"
             "{% macro nothing() %}{{ return(none) }}{% endmacro %}"
             "{% macro nested() %}{{ return(list()[1].a) }}{% endmacro %}");
  EXPECT_EQ(
      lab.render(
          "{{ list()[1].a + 1 }} {{ early(2) + 1 }} {{ early(9) }} {{ nothing() is none }} {{ nested() }}"),
      "3 21 none found True 2");
  EXPECT_EQ(lab.render("{% macro mine() %}{{ return([1]) }}{% endmacro %}{{ mine()[0] }}"), "1");
  EXPECT_EQ(lab.render("{{ return(1) }}"), "error: return() outside of a macro");
}

TEST(Macros, ReturnFromACallBlockEndsTheMacroThatCallsIt) {
  Lab lab;
  lab.macros("root", "{% macro box() %}[{{ caller() }}]{% endmacro %}");
  EXPECT_EQ(lab.render("{% call box() %}{{ return('out') }}{% endcall %}"), "out");
}

TEST(Macros, TakeVarargsAndKwargs) {
  Lab lab;
  lab.macros("root", "{% macro all(a) %}{{ a }} {{ varargs }} {{ kwargs }}{% endmacro %}");
  EXPECT_EQ(lab.render("{{ all(1, 2, 3, x=4) }}"), "1 (2, 3) {'x': 4}");
}

TEST(Macros, AreGivenByDispatch) {
  Lab lab;
  lab.macros("root",
             "{% macro concat(xs) %}{{ return(adapter.dispatch('concat', 'root')(xs)) }}{% endmacro %}"
             "{% macro default__concat(xs) %}{{ xs | join(' || ') }}{% endmacro %}"
             "{% macro lost() %}{{ adapter.dispatch('nowhere')() }}{% endmacro %}");
  EXPECT_EQ(lab.render("{{ concat(['a', 'b']) }}"), "a || b");
  EXPECT_THAT(lab.render("\n{{ lost() }}"),
              HasSubstr("root/macros.sql:1 (called from model.sql:2): there is no macro 'default__nowhere'"));
}

TEST(Macros, ChangeTheListsAndDictsThatTheyAreGiven) {
  Lab lab;
  lab.macros(
      "root",
      "{% macro add(xs, d) %}{% do xs.append(d | length) %}{% do d.update({xs[-1]: 1}) %}{% endmacro %}");
  EXPECT_EQ(lab.render("{% set xs = [] %}{% set d = {} %}{% for i in range(3) %}{{ add(xs, d) }}{% endfor %}"
                       "{{ xs }} {{ d }} {{ add(given, {}) }}{{ given }}",
                       {{"given", {1}}}),
            "[0, 1, 2] {0: 1, 1: 1, 2: 1} [1, 0]");
}

TEST(Macros, SayWhereInWhichFileSomethingIsWrong) {
  Lab lab;
  lab.macros("root",
             "{# a file #}\n\n{% macro outer(\n  a,\n  b) %}\n  {{ inner(a) }}\n{% endmacro %}\n\n"
             "{% macro inner(x) -%}\n  {{ x.y.z }}\n{%- endmacro %}");
  EXPECT_EQ(lab.render("select\n{{ outer({}, 1) }}"),
            "error: root/macros.sql:10 (called from root/macros.sql:6, from model.sql:2): "
            "'dict object' has no attribute 'y'");
  Result<> added = lab.templates.add_macros("root", "bad.sql", "\n{% macro m() %}\n{{ 1 + }}{% endmacro %}");
  EXPECT_THAT(added.error().message, testing::StartsWith("bad.sql:3: "));
  added = lab.templates.add_macros("root", "bad.sql", "\n{% macro m() %}\n");
  EXPECT_EQ(added.error().message, "bad.sql:2: macro without endmacro");
}

TEST(Macros, EndTheirRecursionWithAnError) {
  Lab lab;
  lab.macros("root",
             "{% macro again(n) %}{% for i in [1] %}{% if true %}{{ again([n, '('])|upper }}{% endif %}"
             "{% endfor %}{% endmacro %}");
  std::string text;
  std::thread([&] { text = lab.render("{{ again(1) }}"); }).join();  // a thread's stack is the smaller one
  EXPECT_THAT(text, HasSubstr("more than"));
}

TEST(Macros, AreMadeOfTestsAndMaterializations) {
  Lab lab;
  lab.macros("root",
             "{% test not_null(model, column_name) %}select {{ column_name }} from {{ model }}{% endtest %}\n"
             "{%- materialization view, default -%}view{%- endmaterialization -%}\n"
             "{% materialization table, adapter='bigquery', supported_languages=['sql'] %}table{% "
             "endmaterialization %}\n"
             "{% docs page %}{{ not a template {% enddocs %}");
  EXPECT_EQ(lab.render("{{ test_not_null('t', 'c') }} {{ materialization_view_default() }} "
                       "{{ materialization_table_bigquery() }}"),
            "select c from t view table");
}

TEST(SplitBlocks, TellsKindNameBodyAndLine) {
  std::vector<Block> blocks = MUST(
      split_blocks("f.sql",
                   "{# {% macro no() %} #}\n"
                   "{%- snapshot orders -%}\nselect {{ '{% endsnapshot %}' }}\n{% endsnapshot %}\n"
                   "{% docs d %}\nIt's {{ free {% enddocs %}\n"
                   "{% raw %}{% macro no() %}{% endraw %}\n"
                   "{% macro m(a,\n b={'x': '%}'}) %}{% macro inner() %}{% endmacro %}body{% endmacro %}"));
  ASSERT_EQ(blocks.size(), 3u);
  EXPECT_EQ(blocks[0].kind, "snapshot");
  EXPECT_EQ(blocks[0].name, "orders");
  EXPECT_EQ(blocks[0].body, "\nselect {{ '{% endsnapshot %}' }}\n");
  EXPECT_EQ(blocks[0].line, 2);
  EXPECT_EQ(blocks[1].body, "\nIt's {{ free ");
  EXPECT_EQ(blocks[2].header, "(a,\n b={'x': '%}'})");
  EXPECT_EQ(blocks[2].body, "{% macro inner() %}{% endmacro %}body");
  EXPECT_EQ(blocks[2].line, 8);
  EXPECT_EQ(blocks[2].body_line, 9);
  EXPECT_EQ(split_blocks("f.sql", "\n{% docs %}{% enddocs %}").error().message,
            "f.sql:2: docs without a name");
}

TEST(Templates, RenderInSeveralThreadsAtOnce) {
  Lab lab;
  lab.macros("root", "{% macro double(x) %}{{ return(x * 2) }}{% endmacro %}");
  MUST(lab.templates.add("t", "{% for i in range(50) %}{{ double(i) + n }},{% endfor %}{{ ref(n) }}"));
  Call call = [](std::string_view, const Json& args, const Json&) -> Result<Json> { return args[0]; };
  std::vector<std::string> texts(4);
  std::vector<std::thread> threads;
  for (size_t n = 0; n < texts.size(); n++) {
    threads.emplace_back([&, n] {
      for (int round = 0; round < 20; round++) texts[n] = MUST(lab.templates.render("t", {{"n", n}}, call));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t n = 0; n < texts.size(); n++) {
    EXPECT_THAT(texts[n], testing::EndsWith("," + std::to_string(98 + n) + "," + std::to_string(n)));
  }
}

TEST(Templates, LimitWhatAMistakeCanTake) {
  Lab lab;
  EXPECT_THAT(lab.render("{{ range(10 ** 12)|list }}"), HasSubstr("at most"));
  EXPECT_THAT(lab.render("{{ 'x' * 10 ** 12 }}"), HasSubstr("repetition"));
  EXPECT_THAT(lab.render("{{ '%999999999999d' % 1 }}"), HasSubstr("at most"));
  EXPECT_THAT(lab.render("{% set xs = [] %}{% do xs.append(xs) %}{{ xs }}"), HasSubstr("nested"));
  EXPECT_EQ(
      lab.render("{% set a = [] %}{% set b = [] %}{% do a.append(b) %}{% do b.append(a) %}{{ a == b }}"),
      "False");
}

}  // namespace
}  // namespace suikei::sql
