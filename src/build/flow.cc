#include "build/flow.h"

#include <algorithm>
#include <cstring>

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
  // Eight letters at a time, apart from the bit in which upper and lower case differ.
  size_t at = 0;
  for (; at + 8 <= one.size(); at += 8) {
    uint64_t a = 0, b = 0;
    std::memcpy(&a, one.data() + at, 8);
    std::memcpy(&b, other.data() + at, 8);
    if ((a ^ b) & 0xDFDFDFDFDFDFDFDFu) return false;
  }
  for (; at < one.size(); ++at) {
    if ((one[at] ^ other[at]) & 0xDF) return false;
  }
  if (std::memcmp(one.data(), other.data(), one.size()) == 0) return true;
  for (at = 0; at < one.size(); ++at) {
    char letter = static_cast<char>(one[at] | 0x20);
    if (one[at] != other[at] && !(letter >= 'a' && letter <= 'z')) return false;
  }
  return true;
}

uint64_t name_hash(std::string_view name) {
  uint64_t hash = 1469598103934665603u;
  for (char c : name) hash = (hash ^ static_cast<unsigned char>(c | 0x20)) * 1099511628211u;
  return hash;
}

}  // namespace suikei::build
