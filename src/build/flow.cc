#include "build/flow.h"

#include <algorithm>

namespace suikei::build {

std::vector<Input> Sets::members(Set set) const {
  if (set & single_mark) return {set & ~single_mark};
  return sets_[set];
}

Set Sets::unite(Set one, Set other) {
  if (one == other || other == 0) return one;
  if (one == 0) return other;
  Input single[2] = {one & ~single_mark, other & ~single_mark};
  auto range = [&](Set set, int which) -> std::pair<const Input*, size_t> {
    if (set & single_mark) return {&single[which], 1};
    return {sets_[set].data(), sets_[set].size()};
  };
  auto [ones, one_count] = range(one, 0);
  auto [others, other_count] = range(other, 1);
  std::vector<Input> both;
  both.reserve(one_count + other_count);
  std::set_union(ones, ones + one_count, others, others + other_count, std::back_inserter(both));
  if (both.size() == one_count) return one;
  if (both.size() == other_count) return other;
  sets_.push_back(std::move(both));
  return static_cast<Set>(sets_.size() - 1);
}

bool same_name(std::string_view one, std::string_view other) {
  if (one.size() != other.size()) return false;
  for (size_t i = 0; i < one.size(); ++i) {
    char a = one[i], b = other[i];
    if (a == b) continue;
    if (a >= 'A' && a <= 'Z') a = static_cast<char>(a + 32);
    if (b >= 'A' && b <= 'Z') b = static_cast<char>(b + 32);
    if (a != b) return false;
  }
  return true;
}

}  // namespace suikei::build
