#include "config/rules.h"

#include <re2/re2.h>

#include "base/text.h"

namespace suikei::config {
namespace {

/// One pattern and where its groups are; 0: it has no such group.
struct Pattern {
  std::unique_ptr<RE2> expression;
  int tenant = 0, logical = 0;

  /// Full match; fills what the groups caught.
  bool match(std::string_view text, std::string& tenant_out, std::string& logical_out) const {
    int groups = std::max(tenant, logical) + 1;
    re2::StringPiece caught[groups_max + 1];
    // Asking for no groups is several times faster.
    int wanted = groups == 1 ? 0 : groups;
    if (!expression->Match(re2::StringPiece(text.data(), text.size()), 0, text.size(), RE2::ANCHOR_BOTH,
                           caught, wanted)) {
      return false;
    }
    if (tenant) tenant_out.assign(caught[tenant].data() ? caught[tenant].data() : "", caught[tenant].size());
    if (logical)
      logical_out.assign(caught[logical].data() ? caught[logical].data() : "", caught[logical].size());
    return true;
  }

  static constexpr int groups_max = 16;  // of any kind in one pattern; names of tables need two
};

Error misplaced(const TableRule& rule, const std::string& message, const std::string& hint) {
  std::string place = rule.line ? fmt::format("suikei.yaml:{}: ", rule.line) : "";
  return Error{ErrorKind::config, place + message, hint};
}

Result<Pattern> compile_pattern(const TableRule& rule, const char* key, const std::string& text) {
  RE2::Options options;
  options.set_log_errors(false);
  Pattern pattern;
  pattern.expression = std::make_unique<RE2>(text, options);
  const RE2& expression = *pattern.expression;
  if (!expression.ok()) {
    return misplaced(
        rule, fmt::format("{}: pattern `{}` is not valid: {}", key, text, expression.error()),
        "patterns are written as in https://github.com/google/re2/wiki/Syntax and match whole names");
  }
  if (expression.NumberOfCapturingGroups() > Pattern::groups_max) {
    return misplaced(rule,
                     fmt::format("{}: pattern `{}` has more than {} groups", key, text, Pattern::groups_max),
                     "write (?:…) for a group that catches nothing");
  }
  for (const auto& [name, number] : expression.NamedCapturingGroups()) {
    if (name == "tenant") {
      pattern.tenant = number;
    } else if (name == "logical") {
      pattern.logical = number;
    } else {
      return misplaced(rule, fmt::format("{}: group `{}` in `{}` means nothing", key, name, text),
                       "a group is named `tenant` or `logical`; write (?:…) for one that catches nothing");
    }
  }
  return pattern;
}

}  // namespace

struct RuleMatcher::Compiled {
  struct Rule {
    Pattern database, table;
    bool skip = false;
  };
  /// What the last database was to each rule; lists come sorted by database.
  struct Seen {
    bool matched = false;
    std::string tenant, logical;
  };
  std::vector<Rule> rules;
  std::vector<Seen> seen;
  std::string last_database;
  bool any_seen = false;

  void look_at(std::string_view database) {
    if (any_seen && database == last_database) return;
    any_seen = true;
    last_database.assign(database);
    for (size_t i = 0; i < rules.size(); ++i) {
      seen[i].tenant.clear();
      seen[i].logical.clear();
      seen[i].matched = rules[i].database.match(database, seen[i].tenant, seen[i].logical);
    }
  }
};

RuleMatcher::RuleMatcher(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
RuleMatcher::RuleMatcher(RuleMatcher&&) noexcept = default;
RuleMatcher& RuleMatcher::operator=(RuleMatcher&&) noexcept = default;
RuleMatcher::~RuleMatcher() = default;

Result<RuleMatcher> RuleMatcher::compile(const std::vector<TableRule>& rules) {
  auto compiled = std::make_unique<Compiled>();
  for (const TableRule& rule : rules) {
    Pattern database = TRY(compile_pattern(rule, "database", rule.database));
    Pattern table = TRY(compile_pattern(rule, "table", rule.table));
    if (database.tenant && table.tenant) {
      return misplaced(rule, "group `tenant` stands in both patterns of the rule", "keep one of them");
    }
    if (database.logical && table.logical) {
      return misplaced(rule, "group `logical` stands in both patterns of the rule", "keep one of them");
    }
    if (!rule.skip && !database.logical && !table.logical) {
      return misplaced(rule, "the rule has no group `logical`, so nobody knows which table its tables become",
                       "write for example table: '(?P<logical>.+)', or skip: true to leave them out");
    }
    compiled->rules.push_back({std::move(database), std::move(table), rule.skip});
  }
  compiled->seen.resize(rules.size());
  return RuleMatcher(std::move(compiled));
}

void RuleMatcher::match(std::string_view database, std::string_view table, RuleMatch& match) {
  compiled_->look_at(database);
  for (size_t i = 0; i < compiled_->rules.size(); ++i) {
    const Compiled::Rule& rule = compiled_->rules[i];
    const Compiled::Seen& seen = compiled_->seen[i];
    if (!seen.matched) continue;
    match.tenant = seen.tenant;
    match.logical = seen.logical;
    if (!rule.table.match(table, match.tenant, match.logical)) continue;
    // A table without a name for its logical table cannot land anywhere: the next rule may know better.
    if (!rule.skip && match.logical.empty()) continue;
    match.rule = static_cast<int>(i);
    match.skip = rule.skip;
    return;
  }
  match.rule = -1;
  match.skip = false;
  match.tenant.clear();
  match.logical.clear();
}

RuleMatch RuleMatcher::match(std::string_view database, std::string_view table) {
  RuleMatch found;
  match(database, table, found);
  return found;
}

}  // namespace suikei::config
