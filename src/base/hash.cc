#include "base/hash.h"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "base/text.h"

namespace suikei {
namespace {

constexpr int lanes = 8;
using Words = uint32_t __attribute__((vector_size(lanes * sizeof(uint32_t))));

// RFC 1321: floor(2^32 * abs(sin(i + 1))).
constexpr std::array<uint32_t, 64> sines = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
constexpr std::array<int, 16> shifts = {7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21};

struct State {
  Words a, b, c, d;
};

// A macro: a function that passes vectors by value would have another ABI per clone.
#define ROTATE(x, by) ((x) << (by) | (x) >> (32 - (by)))

/// One block of all lanes; word i of lane l is block[i][l]. Lanes whose bit in `active` is 0 keep their
/// state.
__attribute__((target_clones("avx2", "default"))) void transform(State& state, const Words* block,
                                                                 const Words& active) {
  Words a = state.a, b = state.b, c = state.c, d = state.d;
  auto step = [&](int i, const Words& f, int word) __attribute__((always_inline)) {
    Words sum = a + f + block[word] + sines[static_cast<size_t>(i)];
    a = d;
    d = c;
    c = b;
    b = b + ROTATE(sum, shifts[static_cast<size_t>(i / 16 * 4 + i % 4)]);
  };
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) step(i, d ^ (b & (c ^ d)), i);
#pragma GCC unroll 16
  for (int i = 16; i < 32; ++i) step(i, c ^ (d & (b ^ c)), (5 * i + 1) % 16);
#pragma GCC unroll 16
  for (int i = 32; i < 48; ++i) step(i, b ^ c ^ d, (3 * i + 5) % 16);
#pragma GCC unroll 16
  for (int i = 48; i < 64; ++i) step(i, c ^ (b | ~d), 7 * i % 16);
  state.a += a & active;
  state.b += b & active;
  state.c += c & active;
  state.d += d & active;
}

/// Blocks of a padded message of that length: one 0x80, eight bytes of length.
size_t blocks_of(size_t length) {
  return (length + 8) / 64 + 1;
}

/// Copies block `at` of the padded message to lane `lane`.
void load_block(std::string_view message, size_t at, int lane, uint32_t (*block)[lanes]) {
  unsigned char bytes[64] = {};
  size_t begin = at * 64;
  if (begin < message.size()) {
    size_t count = std::min<size_t>(64, message.size() - begin);
    std::memcpy(bytes, message.data() + begin, count);
    if (count < 64) bytes[count] = 0x80;
  } else if (begin == message.size()) {
    bytes[0] = 0x80;
  }
  if (at + 1 == blocks_of(message.size())) {
    uint64_t bits = static_cast<uint64_t>(message.size()) * 8;
    std::memcpy(bytes + 56, &bits, 8);
  }
  for (int i = 0; i < 16; ++i) {
    uint32_t word;
    std::memcpy(&word, bytes + 4 * i, 4);
    block[i][lane] = word;
  }
}

/// Digests of `count` messages, at most `lanes`, as numbers.
void digest_lanes(const std::string_view* messages, int count, Sum128* digests) {
  State state;
  for (int i = 0; i < lanes; ++i) {
    state.a[i] = 0x67452301;
    state.b[i] = 0xefcdab89;
    state.c[i] = 0x98badcfe;
    state.d[i] = 0x10325476;
  }
  size_t blocks_max = 0;
  for (int i = 0; i < count; ++i) blocks_max = std::max(blocks_max, blocks_of(messages[i].size()));
  alignas(32) uint32_t block[16][lanes] = {};
  for (size_t at = 0; at < blocks_max; ++at) {
    Words active = {};
    for (int lane = 0; lane < count; ++lane) {
      if (at >= blocks_of(messages[lane].size())) continue;
      active[lane] = 0xFFFFFFFF;
      load_block(messages[lane], at, lane, block);
    }
    transform(state, reinterpret_cast<const Words*>(block), active);
  }
  for (int lane = 0; lane < count; ++lane) {
    // The digest's bytes are the words' bytes, least significant first; as a number the first byte counts
    // most.
    uint64_t high =
        static_cast<uint64_t>(__builtin_bswap32(state.a[lane])) << 32 | __builtin_bswap32(state.b[lane]);
    uint64_t low =
        static_cast<uint64_t>(__builtin_bswap32(state.c[lane])) << 32 | __builtin_bswap32(state.d[lane]);
    digests[lane] = static_cast<Sum128>(high) << 64 | low;
  }
}

}  // namespace

std::string hex(Sum128 number) {
  return fmt::format("{:016x}{:016x}", static_cast<uint64_t>(number >> 64), static_cast<uint64_t>(number));
}

Sum128 sum128_from_hex(std::string_view text) {
  if (text.size() != 32) return 0;
  Sum128 number = 0;
  for (char c : text) {
    unsigned digit =
        c >= '0' && c <= '9' ? static_cast<unsigned>(c - '0') : static_cast<unsigned>(c - 'a' + 10);
    if (digit > 15) return 0;
    number = number << 4 | digit;
  }
  return number;
}

Sum128 md5_number(std::string_view bytes) {
  Sum128 digest;
  digest_lanes(&bytes, 1, &digest);
  return digest;
}
std::string md5_hex(std::string_view bytes) {
  return hex(md5_number(bytes));
}

void Md5Lanes::add(Sum128& sum) {
  sums_[filled_++] = &sum;
  if (filled_ == lanes) flush();
}

void Md5Lanes::flush() {
  std::string_view views[lanes];
  Sum128 digests[lanes];
  for (int i = 0; i < filled_; ++i) views[i] = text_[i];
  digest_lanes(views, filled_, digests);
  for (int i = 0; i < filled_; ++i) {
    *sums_[i] += digests[i];
    text_[i].clear();
  }
  filled_ = 0;
}

}  // namespace suikei
