// check.h — assertions that stay on in every build. Input is never CHECKed, only our own logic.
#pragma once

namespace suikei {
[[noreturn]] void die(const char* file, int line, const char* what);
}

#define CHECK(condition)                             \
  do {                                               \
    if (!(condition)) [[unlikely]]                   \
      ::suikei::die(__FILE__, __LINE__, #condition); \
  } while (false)
