#include "build/select.h"

#include <algorithm>
#include <functional>

#include "base/text.h"

namespace suikei::build {
namespace {

bool glob(std::string_view pattern, std::string_view text) {
  size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (text.substr(0, star) != pattern.substr(0, star)) return false;
  for (size_t skip = star; skip <= text.size(); ++skip) {
    if (glob(pattern.substr(star + 1), text.substr(skip))) return true;
  }
  return false;
}

bool has_tag(const Node& node, const std::string& wanted) {
  auto tags = node.config.find("tags");
  if (tags == node.config.end()) return false;
  if (tags->is_string()) return glob(wanted, tags->get<std::string>());
  return std::any_of(tags->begin(), tags->end(), [&](const Json& tag) {
    return tag.is_string() && glob(wanted, tag.get<std::string>());
  });
}

bool reads_source(const Node& node, const std::string& wanted) {
  return std::any_of(node.sources.begin(), node.sources.end(), [&](const auto& source) {
    return glob(wanted, source.first) || glob(wanted, source.first + "." + source.second);
  });
}

bool in_path(const Node& node, const std::string& wanted) {
  std::string folder = wanted;
  while (folder.ends_with('/')) folder.pop_back();
  return glob(folder, node.file.path) || starts_with(node.file.path, folder + "/");
}

bool matches(const Node& node, const std::string& method, const std::string& value) {
  if (method == "tag") return has_tag(node, value);
  if (method == "path") return in_path(node, value);
  if (method == "schema") return glob(value, node.schema);
  if (method == "source") return reads_source(node, value);
  if (method == "resource_type") return value == name_of(node.file.kind);
  if (method == "test_type")
    return node.file.kind == NodeKind::test && (value == "generic") == node.asked.has_value();
  if (value.find('/') != std::string::npos) return in_path(node, value);
  return glob(value, node.file.name);
}

const std::vector<std::string> methods = {"tag", "path", "schema", "source", "resource_type", "test_type"};

void add_parents(const Graph& graph, size_t at, std::set<size_t>& into) {
  for (size_t need : graph.nodes[at].needs) {
    if (into.insert(need).second) add_parents(graph, need, into);
  }
}

void add_children(const std::vector<std::vector<size_t>>& children, size_t at, std::set<size_t>& into) {
  for (size_t child : children[at]) {
    if (into.insert(child).second) add_children(children, child, into);
  }
}

Result<std::set<size_t>> choose_one(const Graph& graph, const std::vector<std::vector<size_t>>& children,
                                    std::string text) {
  bool parents = starts_with(text, "+"), descendants = text.ends_with("+");
  std::string whole = text;
  if (parents) text.erase(0, 1);
  if (descendants) text.pop_back();
  std::string method, value = text;
  size_t colon = text.find(':');
  if (colon != std::string::npos) {
    method = text.substr(0, colon);
    value = text.substr(colon + 1);
    if (std::find(methods.begin(), methods.end(), method) == methods.end()) {
      return Error{ErrorKind::usage, fmt::format("'{}' selects by `{}`, which is unknown", whole, method),
                   "one of: " + join(methods, ", ")};
    }
  }
  std::set<size_t> chosen;
  for (size_t at = 0; at < graph.nodes.size(); ++at) {
    if (!matches(graph.nodes[at], method, value)) continue;
    chosen.insert(at);
    if (parents) add_parents(graph, at, chosen);
    if (descendants) add_children(children, at, chosen);
  }
  if (!chosen.empty()) return chosen;
  std::vector<std::string> names;
  for (const auto& [name, at] : graph.by_name) names.push_back(name);
  std::string near = nearest(value, names);
  return Error{
      ErrorKind::usage, fmt::format("'{}' selects nothing", whole),
      near.empty() ? "suikei build --plan shows all names" : fmt::format("did you mean '{}'?", near)};
}

Result<std::set<size_t>> choose_all(const Graph& graph, const std::vector<std::vector<size_t>>& children,
                                    const std::vector<std::string>& texts) {
  std::set<size_t> chosen;
  for (const std::string& text : texts) {
    for (const std::string& word : split(text, ' ')) {
      if (trim(word).empty()) continue;
      std::optional<std::set<size_t>> all;
      for (const std::string& part : split(word, ',')) {
        std::set<size_t> one = TRY(choose_one(graph, children, part));
        if (!all) {
          all = std::move(one);
          continue;
        }
        std::erase_if(*all, [&](size_t at) { return !one.contains(at); });
      }
      chosen.insert(all->begin(), all->end());
    }
  }
  return chosen;
}

}  // namespace

Result<std::set<size_t>> choose_nodes(const Graph& graph, const std::vector<std::string>& select,
                                      const std::vector<std::string>& exclude) {
  std::vector<std::vector<size_t>> children(graph.nodes.size());
  for (size_t at = 0; at < graph.nodes.size(); ++at) {
    for (size_t need : graph.nodes[at].needs) children[need].push_back(at);
  }
  std::set<size_t> chosen;
  if (select.empty()) {
    for (size_t at = 0; at < graph.nodes.size(); ++at) chosen.insert(at);
  } else {
    chosen = TRY(choose_all(graph, children, select));
  }
  for (size_t at = 0; at < graph.nodes.size(); ++at) {
    const Node& node = graph.nodes[at];
    bool tests_chosen =
        node.file.kind == NodeKind::test && !node.needs.empty() &&
        std::any_of(node.needs.begin(), node.needs.end(), [&](size_t need) { return chosen.contains(need); });
    if (tests_chosen) chosen.insert(at);
  }
  if (!exclude.empty()) {
    for (size_t at : TRY(choose_all(graph, children, exclude))) chosen.erase(at);
  }
  return chosen;
}

}  // namespace suikei::build
