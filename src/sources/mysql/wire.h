// wire.h — packets of the MySQL client/server protocol over a connection that Connector/C opened.
// Why:    a scan of 120,000 tables is bound by round trips; the library can only send one query and then
// wait.
//         Here many queries are on their way while answers are read from one large buffer.
// Holds:  the library's own calls and ours never overlap: a Wire is used only while no library call is
// pending,
//         and everything it sent has been answered before the next library call.
// See:    https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html,
// docs/decisions/pipelined-reading.md
#pragma once

#include <mysql.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace suikei::sources::mysql {

/// Appends one COM_QUERY packet.
void append_query(std::string& packets, std::string_view sql);

class Wire {
 public:
  explicit Wire(MYSQL* connection);

  /// Sends prepared packets. `unavailable` when the link is gone.
  Result<> send(std::string_view packets);
  /// The next packet's payload; valid until the next call.
  Result<std::string_view> packet();
  int64_t bytes_received() const { return received_; }
  /// Whether the server has more questions to answer than the one being read: then reads may wait for several
  /// answers at once.
  void expect_many(bool many) { many_ = many; }

 private:
  Result<> need(size_t bytes);

  MYSQL* connection_;
  std::vector<char> buffer_;
  size_t begin_ = 0, end_ = 0;
  std::string assembled_;  // payload of a packet of 16 MB and more
  int64_t received_ = 0;
  size_t last_read_ = 0;  // bytes
  bool many_ = false;
};

/// Walks over a payload's length-encoded fields.
class Fields {
 public:
  explicit Fields(std::string_view payload)
      : at_(reinterpret_cast<const unsigned char*>(payload.data())), end_(at_ + payload.size()) {}

  bool done() const { return at_ >= end_; }
  /// The next text; `*is_null` tells NULL. A payload that ends early sets `broken`.
  std::string_view text(bool* is_null) {
    *is_null = false;
    if (at_ >= end_) return fail();
    unsigned char lead = *at_;
    if (lead < 0xFB) [[likely]] {
      ++at_;
      return take(lead);
    }
    if (lead == 0xFB) {
      ++at_;
      *is_null = true;
      return {};
    }
    return take(integer());
  }
  std::string_view text() {
    bool is_null;
    return text(&is_null);
  }
  uint64_t integer();
  bool broken() const { return broken_; }
  std::string_view rest() const {
    return {reinterpret_cast<const char*>(at_), static_cast<size_t>(end_ - at_)};
  }

 private:
  std::string_view fail() {
    broken_ = true;
    at_ = end_;
    return {};
  }
  std::string_view take(uint64_t length) {
    if (length > static_cast<uint64_t>(end_ - at_)) return fail();
    std::string_view text(reinterpret_cast<const char*>(at_), length);
    at_ += length;
    return text;
  }

  const unsigned char* at_;
  const unsigned char* end_;
  bool broken_ = false;
};

inline bool is_error(std::string_view payload) {
  return !payload.empty() && static_cast<unsigned char>(payload[0]) == 0xFF;
}
inline bool is_end_of_rows(std::string_view payload) {
  return !payload.empty() && static_cast<unsigned char>(payload[0]) == 0xFE && payload.size() < 9;
}

/// An ERR packet's number and message.
struct ServerError {
  int number = 0;
  std::string message;
};
ServerError parse_error(std::string_view payload);

}  // namespace suikei::sources::mysql
