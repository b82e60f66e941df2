// random.h — numbers that are the same on every machine and in every year for the same seed.
// Why:    std:: distributions differ between libraries; a bug found with a seed must be found again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace suikei::lab {

/// The finaliser of splitmix64: turns any number into one that looks random.
constexpr uint64_t mix(uint64_t number) {
  number += 0x9e3779b97f4a7c15;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
  number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
  return number ^ (number >> 31);
}

/// One number for a place named by several: seed, tenant, table, row.
constexpr uint64_t mix(std::initializer_list<uint64_t> place) {
  uint64_t state = 0;
  for (uint64_t part : place) state = mix(state ^ part);
  return state;
}

class Random {
 public:
  explicit constexpr Random(uint64_t seed) : state_(seed) {}

  constexpr uint64_t next() {
    uint64_t number = mix(state_);
    state_ += 0x9e3779b97f4a7c15;
    return number;
  }
  /// 0 … limit-1; 0 when limit is 0.
  constexpr uint64_t below(uint64_t limit) {
    return static_cast<uint64_t>((static_cast<unsigned __int128>(next()) * limit) >> 64);
  }
  constexpr int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(below(static_cast<uint64_t>(high - low + 1)));
  }
  constexpr bool percent(uint64_t share) { return below(100) < share; }
  /// 0 ≤ x < 1.
  constexpr double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

  template <typename T, size_t N>
  constexpr const T& pick(const std::array<T, N>& from) {
    return from[below(N)];
  }

 private:
  uint64_t state_;
};

}  // namespace suikei::lab
