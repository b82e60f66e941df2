#include "build/functions.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace suikei::build {

namespace {

using Names = std::unordered_set<std::string_view>;

const std::unordered_map<FunctionKind, Names>& names_by_kind() {
  using Kind = FunctionKind;
  static const std::unordered_map<FunctionKind, Names> map = {
      {Kind::picks,
       {"first", "last", "any_value", "arbitrary", "min", "max", "mode", "first_value", "last_value",
        "nth_value", "lag", "lead", "nullif", "constant_or_null"}},
      {Kind::picks_by,
       {"arg_max", "arg_min", "argmax", "argmin", "max_by", "min_by", "arg_max_null", "arg_min_null",
        "arg_max_nulls_last", "arg_min_nulls_last"}},
      {Kind::collects, {"array_agg", "list"}},
      {Kind::rearranges,
       {"list_sort", "array_sort", "list_reverse_sort", "array_reverse_sort", "list_reverse", "array_reverse",
        "list_distinct", "array_distinct", "list_slice", "array_slice", "list_filter", "array_filter",
        "filter"}},
      {Kind::takes_element, {"unnest"}},
      {Kind::takes_part,
       {"list_extract", "list_element", "array_extract", "struct_extract", "struct_extract_at"}},
      {Kind::chooses, {"ifnull", "list_concat", "list_cat", "array_concat", "array_cat"}},
      {Kind::lists, {"list_value", "list_pack"}},
      {Kind::packs, {"struct_pack", "row"}},
      {Kind::inserts, {"struct_insert"}},
      {Kind::ranks, {"row_number", "rank", "dense_rank", "rank_dense", "percent_rank", "cume_dist", "ntile"}},
  };
  return map;
}

}  // namespace

FunctionKind function_kind(std::string_view name) {
  static const std::unordered_map<std::string_view, FunctionKind> kinds = [] {
    std::unordered_map<std::string_view, FunctionKind> by_name;
    for (const auto& [kind, names] : names_by_kind()) {
      for (std::string_view one : names) by_name[one] = kind;
    }
    return by_name;
  }();
  auto found = kinds.find(name);
  return found == kinds.end() ? FunctionKind::mixes : found->second;
}

bool is_aggregate(std::string_view name) {
  static const Names others = {"count",
                               "count_star",
                               "count_if",
                               "countif",
                               "sum",
                               "avg",
                               "mean",
                               "median",
                               "stddev",
                               "stddev_pop",
                               "stddev_samp",
                               "var_pop",
                               "var_samp",
                               "variance",
                               "string_agg",
                               "group_concat",
                               "listagg",
                               "bool_and",
                               "bool_or",
                               "histogram",
                               "quantile",
                               "quantile_cont",
                               "quantile_disc",
                               "approx_quantile",
                               "approx_count_distinct",
                               "product",
                               "fsum",
                               "kahan_sum",
                               "favg",
                               "corr",
                               "covar_pop",
                               "covar_samp",
                               "entropy",
                               "kurtosis",
                               "skewness",
                               "bit_and",
                               "bit_or",
                               "bit_xor",
                               "map_agg",
                               "json_group_array",
                               "json_group_object"};
  switch (function_kind(name)) {
    case FunctionKind::picks:
      return name != "nullif" && name != "constant_or_null";
    case FunctionKind::picks_by:
    case FunctionKind::collects:
      return true;
    default:
      return others.count(name) > 0;
  }
}

bool takes_ordered_value(std::string_view name, bool has_arguments) {
  static const Names quantiles = {"quantile_cont",      "quantile_disc", "percentile_cont", "percentile_disc",
                                  "quantile",           "median",        "approx_quantile", "mad",
                                  "reservoir_quantile", "fill"};
  return name == "mode" ? !has_arguments : quantiles.count(name) > 0;
}

bool transforms_list(std::string_view name) {
  static const Names names = {"list_transform", "list_apply", "array_transform", "array_apply", "apply"};
  return names.count(name) > 0;
}

bool takes_lambda(std::string_view name) {
  static const Names names = {"list_filter", "array_filter", "filter",
                              "list_reduce", "array_reduce", "reduce"};
  return transforms_list(name) || names.count(name) > 0;
}

bool is_hash(std::string_view name) {
  return name == "sha256" || name == "hmac" || name == "hmac_sha256";
}

bool keeps_key(std::string_view name) {
  static const Names names = {"||",  "concat", "concat_ws", "encode",      "unhex", "from_hex",
                              "hex", "to_hex", "xor",       "from_base64", "sha256"};
  return names.count(name) > 0;
}

}  // namespace suikei::build
