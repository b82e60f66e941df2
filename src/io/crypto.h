// crypto.h — hashes that keys are made of, by OpenSSL. Checksums of rows are not among them: base/hash.h.
#pragma once

#include <string>
#include <string_view>

namespace suikei::io {

/// 32 bytes.
std::string sha256(std::string_view bytes);

}  // namespace suikei::io
