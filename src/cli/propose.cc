#include "cli/propose.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"

namespace suikei::cli {
namespace {

constexpr size_t family_tables_min = 3;  // so many numbers behind one name are tenants, two may be anything

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// A literal text as a pattern.
std::string literal(std::string_view text) {
  std::string pattern;
  for (char c : text) {
    if (std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

/// A name cut into texts and numbers: "ne_00001" -> {"ne_", "00001", ""}; the odd ones are the numbers.
std::vector<std::string> cut_at_numbers(const std::string& name) {
  std::vector<std::string> parts(1);
  for (size_t i = 0; i < name.size(); ++i) {
    bool digit = is_digit(name[i]);
    if (digit != (parts.size() % 2 == 0)) parts.emplace_back();
    parts.back() += name[i];
  }
  if (parts.size() % 2 == 0) parts.emplace_back();
  return parts;
}

/// Names that differ in their numbers only.
struct Family {
  std::vector<std::vector<std::string>> members;

  std::string pattern() const {
    std::vector<std::set<std::string>> values(members[0].size());
    for (const auto& member : members) {
      for (size_t i = 1; i < member.size(); i += 2) values[i].insert(member[i]);
    }
    // The number with the most values is the tenant; others that vary are left open.
    size_t tenant = 1;
    for (size_t i = 1; i < values.size(); i += 2) {
      if (values[i].size() > values[tenant].size()) tenant = i;
    }
    std::string text;
    for (size_t i = 0; i < values.size(); ++i) {
      if (i % 2 == 0) {
        text += literal(members[0][i]);
      } else if (i == tenant) {
        text += "(?P<tenant>\\d+)";
      } else {
        text += values[i].size() > 1 ? "\\d+" : literal(*values[i].begin());
      }
    }
    return text;
  }
};

using Databases = std::map<std::string, std::set<std::string>>;  // database -> tables
config::TableRule rule_of(const std::string& database, const std::string& table, bool skip = false) {
  config::TableRule rule;
  rule.database = database;
  rule.table = table;
  rule.skip = skip;
  return rule;
}

/// Databases that are numbered: one rule per family. Those taken are removed.
void propose_numbered(Databases& databases, std::vector<config::TableRule>& rules) {
  std::map<std::vector<std::string>, Family> families;  // by the texts between the numbers
  std::map<std::vector<std::string>, std::vector<std::string>> names;
  for (const auto& [name, tables] : databases) {
    std::vector<std::string> parts = cut_at_numbers(name), texts;
    if (parts.size() == 1) continue;
    for (size_t i = 0; i < parts.size(); i += 2) texts.push_back(parts[i]);
    families[texts].members.push_back(parts);
    names[texts].push_back(name);
  }
  for (const auto& [texts, family] : families) {
    if (family.members.size() < 2) continue;
    rules.push_back(rule_of(family.pattern(), "(?P<logical>.+)"));
    for (const std::string& name : names[texts]) databases.erase(name);
  }
}

/// Databases with one beginning and much the same tables: "shop_tokyo", "shop_osaka".
void propose_named(Databases& databases, std::vector<config::TableRule>& rules) {
  std::map<std::string, std::vector<std::string>> groups;
  for (const auto& [name, tables] : databases) {
    size_t end = name.find_first_of("_-");
    if (end != std::string::npos && end + 1 < name.size()) groups[name.substr(0, end + 1)].push_back(name);
  }
  for (const auto& [beginning, names] : groups) {
    if (names.size() < family_tables_min) continue;
    const std::set<std::string>& first = databases[names[0]];
    bool alike = std::all_of(names.begin(), names.end(), [&](const std::string& name) {
      const std::set<std::string>& other = databases[name];
      auto shared =
          std::count_if(other.begin(), other.end(), [&](const auto& table) { return first.count(table); });
      return 2 * static_cast<size_t>(shared) >= std::max(first.size(), other.size());
    });
    if (!alike) continue;
    rules.push_back(rule_of(literal(beginning) + "(?P<tenant>.+)", "(?P<logical>.+)"));
    for (const std::string& name : names) databases.erase(name);
  }
}

/// How many tables carry a tenant's number in front of or behind their name.
struct NumberedTables {
  size_t leading = 0, trailing = 0;
};
NumberedTables count_numbered(const std::set<std::string>& tables) {
  std::map<std::string, std::set<std::string>> leading, trailing;  // logical -> numbers
  for (const std::string& table : tables) {
    size_t behind = table.find_last_not_of("0123456789");
    if (behind != std::string::npos && behind > 0 && behind + 1 < table.size() && table[behind] == '_') {
      trailing[table.substr(0, behind)].insert(table.substr(behind + 1));
    }
    size_t front = table.find_first_not_of("0123456789");
    if (front != std::string::npos && front > 0 && front + 1 < table.size() && table[front] == '_') {
      leading[table.substr(front + 1)].insert(table.substr(0, front));
    }
  }
  NumberedTables counts;
  for (const auto& [logical, numbers] : leading) {
    if (numbers.size() >= family_tables_min) counts.leading += numbers.size();
  }
  for (const auto& [logical, numbers] : trailing) {
    if (numbers.size() >= family_tables_min) counts.trailing += numbers.size();
  }
  return counts;
}

/// One database that holds many tenants, or none.
void propose_single(const std::string& name, const std::set<std::string>& tables,
                    std::vector<config::TableRule>& rules) {
  NumberedTables counts = count_numbered(tables);
  size_t numbered = std::max(counts.leading, counts.trailing);
  if (2 * numbered >= tables.size() && numbered > 0) {
    rules.push_back(rule_of(literal(name), counts.trailing >= counts.leading
                                               ? "(?P<logical>.+)_(?P<tenant>\\d+)"
                                               : "(?P<tenant>\\d+)_(?P<logical>.+)"));
    // Tables without a number belong to nobody in particular.
    bool rest = numbered < tables.size();
    if (!rest) return;
  }
  rules.push_back(rule_of(literal(name), "(?P<logical>.+)"));
}

}  // namespace

std::vector<config::TableRule> propose_rules(const std::vector<NamedTable>& tables) {
  Databases databases;
  bool reserved = false;
  for (const NamedTable& table : tables) {
    databases[table.database].insert(table.table);
    reserved |= !table.table.empty() && table.table[0] == '_';
  }
  std::vector<config::TableRule> rules;
  // Names that begin with _ are the lake's own.
  if (reserved) rules.push_back(rule_of(".*", "_.*", true));
  propose_numbered(databases, rules);
  propose_named(databases, rules);
  for (const auto& [name, names] : databases) propose_single(name, names, rules);
  return rules;
}

Result<Yield> try_rules(const std::vector<config::TableRule>& rules, const std::vector<NamedTable>& tables) {
  config::RuleMatcher matcher = TRY(config::RuleMatcher::compile(rules));
  Yield yield;
  yield.rules.resize(rules.size());
  std::vector<std::set<std::string>> tenants(rules.size()), logicals(rules.size());
  config::RuleMatch match;
  for (const NamedTable& table : tables) {
    matcher.match(table.database, table.table, match);
    if (!match.matched()) {
      ++yield.unmatched;
      continue;
    }
    auto at = static_cast<size_t>(match.rule);
    RuleYield& rule = yield.rules[at];
    if (++rule.tables == 1) {
      std::string whose = match.tenant.empty() ? "" : " of tenant " + match.tenant;
      rule.example = fmt::format("{}.{} → {}{}", table.database, table.table,
                                 match.skip ? "left out" : match.logical, match.skip ? "" : whose);
    }
    if (match.skip) continue;
    if (!match.tenant.empty()) tenants[at].insert(match.tenant);
    logicals[at].insert(match.logical);
  }
  for (size_t i = 0; i < rules.size(); ++i) {
    yield.rules[i].tenants = static_cast<int64_t>(tenants[i].size());
    yield.rules[i].logicals = static_cast<int64_t>(logicals[i].size());
  }
  return yield;
}

}  // namespace suikei::cli
