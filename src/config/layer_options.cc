#include <algorithm>

#include "config/options.h"

namespace suikei::config {
namespace {

using YAML::Node;

Result<std::vector<std::string>> texts_of(const Node& node) {
  if (!node.IsSequence()) return error_at(node, "expected a list of names");
  std::vector<std::string> texts;
  for (const Node& element : node) texts.push_back(TRY(text_of(element)));
  return texts;
}

Result<> take_key(const Node& node, const Secret& before, std::string& into) {
  if (!before.empty()) {
    return error_at(node, "`masking` says twice where its key comes from",
                    "keep one of key_env, key_file and key_command");
  }
  into = TRY(text_of(node));
  return ok();
}

}  // namespace

const std::vector<Option<Secret>>& masking_options() {
  static const std::vector<Option<Secret>> options = {
      {"key_env", "", Need::optional, "text", "", "Environment variable that holds the key.",
       [](const Context&, const Node& node, Secret& into) -> Result<> {
         return take_key(node, into, into.env);
       }},
      {"key_file", "", Need::optional, "path", "", "File whose first line is the key.",
       [](const Context& context, const Node& node, Secret& into) -> Result<> {
         std::string text;
         TRY(take_key(node, into, text));
         into.file = TRY(path_of(context, node));
         return ok();
       }},
      {"key_command", "", Need::optional, "text", "",
       "Command whose first line of output is the key; run by /bin/sh.",
       [](const Context&, const Node& node, Secret& into) -> Result<> {
         return take_key(node, into, into.command);
       }},
  };
  return options;
}

const std::vector<Option<Layer>>& layer_options() {
  static const std::vector<Option<Layer>> options = {
      {"name", "", Need::required, "name", "", "Name of the layer.",
       [](const Context&, const Node& node, Layer& into) -> Result<> {
         into.name = TRY(name_of(node, "layer"));
         return ok();
       }},
      {"datasets", "", Need::required, "list of names", "", "Datasets of the layer.",
       [](const Context&, const Node& node, Layer& into) -> Result<> {
         into.datasets = TRY(texts_of(node));
         return ok();
       }},
      {"reads", "", Need::optional, "list of layers", "none",
       "Layers that its models may read; its own name lets them read each other.",
       [](const Context&, const Node& node, Layer& into) -> Result<> {
         into.reads = TRY(texts_of(node));
         return ok();
       }},
      {"secrets", "", Need::optional, "true or false", "false",
       "Whether secret columns may arrive here without a mask.",
       [](const Context&, const Node& node, Layer& into) -> Result<> {
         into.secrets = TRY(truth_of(node));
         return ok();
       }},
  };
  return options;
}

Result<> take_layers(const Context& context, const Node& node, Project& into) {
  if (!node.IsSequence() || node.size() == 0)
    return error_at(node, "expected a list with at least one layer");
  for (const Node& element : node) {
    Layer layer;
    TRY(take_mapping(context, element, layer_options(), "the layer", layer));
    into.layers.push_back(std::move(layer));
  }
  size_t at = 0;
  for (const Node& element : node) {
    for (const std::string& read : into.layers[at++].reads) {
      bool known = std::any_of(into.layers.begin(), into.layers.end(),
                               [&](const Layer& layer) { return layer.name == read; });
      if (!known) return error_at(element, fmt::format("there is no layer `{}` to read", read));
    }
  }
  return ok();
}

std::vector<Layer> standard_layers() {
  return {
      {"lake", {"lake_*"}, {}, true},
      {"cleansing", {"cleansing"}, {"lake"}, false},
      {"cleansing_secret", {"cleansing_secret"}, {"lake"}, true},
      {"warehouse", {"snapshot", "fact"}, {"cleansing", "warehouse"}, false},
      {"monitoring",
       {"monitoring"},
       {"lake", "cleansing", "cleansing_secret", "warehouse", "mart", "monitoring"},
       false},
      {"mart", {"role_*", "service_*", "widetable"}, {"cleansing", "warehouse", "mart"}, false},
      {"public", {"public_*"}, {"cleansing", "warehouse", "mart", "public"}, false},
      {"workshop",
       {"workshop"},
       {"cleansing", "warehouse", "mart", "monitoring", "public", "workshop"},
       false},
  };
}

}  // namespace suikei::config
