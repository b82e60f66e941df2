// The reference page of the project file, written from the tables that read it.
#include "config/options.h"

namespace suikei::config {
namespace {

template <typename T>
std::string section(const std::string& title, const std::string& text,
                    const std::vector<Option<T>>& options) {
  std::string page =
      fmt::format("\n## {}\n{}\n\n| key | type | default | meaning |\n|---|---|---|---|\n", title, text);
  for (const Option<T>& option : options) {
    std::string name = fmt::format("`{}`", option.name);
    if (*option.alias) name += fmt::format(" (also `{}`)", option.alias);
    std::string fallback = option.need == Need::required ? "required"
                           : *option.fallback            ? option.fallback
                                                         : "–";
    page += fmt::format("| {} | {} | {} | {} |\n", name, option.type, fallback, option.text);
  }
  return page;
}

constexpr const char* beginning = R"(# suikei.yaml

<!-- generated from src/config/options.cc by `suikei docs-reference docs/reference`; do not edit -->

A project is a folder with this file. Paths are relative to it, so the folder may be moved. A key that is not
listed here is an error. Durations are a number with a unit: `90s`, `30m`, `26h`, `7d`, `2w`.

```yaml
project: next_engine
timezone: Asia/Tokyo
lake: {catalog: lake.sqlite, data: data/, keep: 7d}
sources:
  mf:
    kind: …
    datetime_zone: Asia/Tokyo
    shards:
      - {name: s01, host: 10.0.0.1, port: 3306, user: reader, password_env: MF_PASSWORD}
    tables:
      - {database: 'ne_(?P<tenant>\d+)', table: 'tmp_.*', skip: true}
      - {database: 'ne_(?P<tenant>\d+)', table: '(?P<logical>.+)'}
```
)";

}  // namespace

std::string reference_page() {
  return beginning + section("The file", "", project_options()) + section("lake", "", lake_options()) +
         section("masking", "One of the three, or none when no mask needs a key.", masking_options()) +
         section(
             "layers",
             "A list; when it is left out, the layers are those of docs/design/build.md. `*` in a dataset's "
             "name stands for any text.",
             layer_options()) +
         section("sources.NAME", "NAME is made of small letters, digits and `_`.", source_options()) +
         section("sources.NAME.shards",
                 "Where the password comes from is said by one of the three `password_` keys, or by none "
                 "when there "
                 "is no password.",
                 shard_options()) +
         section(
             "sources.NAME.tables",
             "Patterns are RE2 and match whole names. A rule that is not `skip` must catch `logical`; a rule "
             "without `tenant` belongs to nobody in particular. A table whose `logical` is caught as nothing "
             "is "
             "not matched by the rule.",
             rule_options());
}

}  // namespace suikei::config
