// crypto.h — hashes and ciphers, by OpenSSL.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace suikei::io {

/// 32 bytes.
std::string sha256(std::string_view bytes);
/// 32 bytes (RFC 2104 with SHA-256).
std::string hmac_sha256(std::string_view key, std::string_view bytes);

}  // namespace suikei::io
