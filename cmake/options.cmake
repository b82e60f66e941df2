# Compiler options shared by every target, and where `dev setup` put what it downloaded.

option(SUIKEI_WERROR "treat warnings as errors" OFF)
set(SUIKEI_SANITIZE "" CACHE STRING "sanitizers to build with, for example address,undefined")

if(DEFINED ENV{XDG_CACHE_HOME})
  set(suikei_cache_default "$ENV{XDG_CACHE_HOME}/suikei")
else()
  set(suikei_cache_default "$ENV{HOME}/.cache/suikei")
endif()
set(SUIKEI_CACHE "${suikei_cache_default}" CACHE PATH "downloads pinned by `dev setup`")

add_compile_options(-Wall -Wextra -Wshadow)
add_compile_options(-Wno-restrict)  # g++ 12 sees overlaps in std::string that are none (GCC bug 105651)
add_compile_options(-fno-plt -ffunction-sections -fdata-sections)
if(SUIKEI_WERROR)
  add_compile_options(-Werror)
endif()
if(SUIKEI_SANITIZE)
  add_compile_options(-fsanitize=${SUIKEI_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${SUIKEI_SANITIZE})
endif()
add_link_options(-fuse-ld=gold -Wl,--gc-sections)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
