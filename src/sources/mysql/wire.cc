#include "sources/mysql/wire.h"

extern "C" {
#include <ma_pvio.h>
}

#include <chrono>
#include <cstring>
#include <thread>

#include "base/text.h"

namespace suikei::sources::mysql {
namespace {

constexpr size_t read_buffer_bytes = 256 * 1024;  // about what a server sends ahead on a local link
constexpr size_t small_read_bytes = 64 * 1024;
constexpr auto nap = std::chrono::microseconds(1500);
constexpr size_t packet_payload_max = 0xFFFFFF;  // a longer payload continues in the next packet

Error link_lost(MYSQL* connection) {
  const char* message = mysql_error(connection);
  return Error{ErrorKind::unavailable,
               message && *message ? fmt::format("the link to the server broke: {}", message)
                                   : "the link to the server broke or fell silent",
               "see whether the server is up; run again to resume"};
}

}  // namespace

void append_query(std::string& packets, std::string_view sql) {
  size_t length = sql.size() + 1;
  char header[5] = {static_cast<char>(length), static_cast<char>(length >> 8),
                    static_cast<char>(length >> 16), 0,
                    /*COM_QUERY=*/3};
  packets.append(header, sizeof header);
  packets += sql;
}

Wire::Wire(MYSQL* connection) : connection_(connection), buffer_(read_buffer_bytes) {}

Result<> Wire::send(std::string_view packets) {
  while (!packets.empty()) {
    ssize_t sent =
        ma_pvio_write(connection_->net.pvio, reinterpret_cast<const uchar*>(packets.data()), packets.size());
    if (sent <= 0) return link_lost(connection_);
    packets.remove_prefix(static_cast<size_t>(sent));
  }
  return ok();
}

Result<> Wire::need(size_t bytes) {
  if (begin_ + bytes > buffer_.size()) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    if (bytes > buffer_.size()) buffer_.resize(bytes + read_buffer_bytes);
  }
  while (end_ - begin_ < bytes) {
    // A small answer costs less than being woken for it.
    if (many_ && last_read_ < small_read_bytes) std::this_thread::sleep_for(nap);
    ssize_t got = ma_pvio_read(connection_->net.pvio, reinterpret_cast<uchar*>(buffer_.data() + end_),
                               buffer_.size() - end_);
    if (got <= 0) return link_lost(connection_);
    end_ += static_cast<size_t>(got);
    received_ += got;
    last_read_ = static_cast<size_t>(got);
  }
  return ok();
}

Result<std::string_view> Wire::packet() {
  assembled_.clear();
  while (true) {
    if (end_ - begin_ < 4) TRY(need(4));
    const auto* header = reinterpret_cast<const unsigned char*>(buffer_.data() + begin_);
    size_t length = header[0] | static_cast<size_t>(header[1]) << 8 | static_cast<size_t>(header[2]) << 16;
    if (end_ - begin_ < length + 4) TRY(need(length + 4));
    std::string_view payload(buffer_.data() + begin_ + 4, length);
    begin_ += length + 4;
    if (begin_ == end_) begin_ = end_ = 0;  // the payload stays readable until more is read
    if (length < packet_payload_max && assembled_.empty()) [[likely]]
      return payload;
    assembled_ += payload;
    if (length < packet_payload_max) return std::string_view(assembled_);
  }
}

uint64_t Fields::integer() {
  if (at_ >= end_) {
    broken_ = true;
    return 0;
  }
  unsigned char lead = *at_++;
  if (lead < 0xFB) return lead;
  int width = lead == 0xFC ? 2 : lead == 0xFD ? 3 : 8;
  bool number = lead != 0xFB && lead != 0xFF;  // those are NULL and an error
  if (!number || end_ - at_ < width) {
    broken_ = true;
    at_ = end_;
    return 0;
  }
  uint64_t value = 0;
  for (int i = 0; i < width; ++i) value |= static_cast<uint64_t>(at_[i]) << (8 * i);
  at_ += width;
  return value;
}

ServerError parse_error(std::string_view payload) {
  ServerError error;
  if (payload.size() < 3) return error;
  error.number = static_cast<unsigned char>(payload[1]) | static_cast<unsigned char>(payload[2]) << 8;
  std::string_view rest = payload.substr(3);
  if (!rest.empty() && rest[0] == '#' && rest.size() >= 6) rest.remove_prefix(6);  // SQL state
  error.message = std::string(rest);
  return error;
}

}  // namespace suikei::sources::mysql
