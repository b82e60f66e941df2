#include "io/crypto.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace suikei::io {

std::string sha256(std::string_view bytes) {
  std::string digest(32, '\0');
  unsigned length = 0;
  CHECK(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &length,
                   EVP_sha256(), nullptr) == 1);
  return digest;
}

}  // namespace suikei::io
