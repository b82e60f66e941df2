# Every library the program uses, as one imported target each. System packages come from Debian;
# DuckDB comes from the folder that `dev setup` filled.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)

# Connector/C as an archive: the shared library hides its transport functions (ma_pvio_read, ma_pvio_write).
find_path(MARIADB_INCLUDE mysql.h PATH_SUFFIXES mariadb REQUIRED)
find_library(MARIADB_ARCHIVE libmariadb.a REQUIRED)
find_package(ZLIB REQUIRED)
add_library(mariadb INTERFACE)
target_include_directories(mariadb SYSTEM INTERFACE ${MARIADB_INCLUDE})
target_link_libraries(mariadb INTERFACE
  ${MARIADB_ARCHIVE} ZLIB::ZLIB OpenSSL::SSL OpenSSL::Crypto ${CMAKE_DL_LIBS})

set(SUIKEI_DUCKDB ${SUIKEI_CACHE}/duckdb)
if(NOT EXISTS ${SUIKEI_DUCKDB}/duckdb.h)
  message(FATAL_ERROR "DuckDB is not in ${SUIKEI_DUCKDB}: run ./dev setup first")
endif()
file(GLOB duckdb_archives ${SUIKEI_DUCKDB}/*.a)
add_library(duckdb INTERFACE)
target_include_directories(duckdb SYSTEM INTERFACE ${SUIKEI_DUCKDB})
target_link_libraries(duckdb INTERFACE
  -Wl,--start-group ${duckdb_archives} -Wl,--end-group Threads::Threads ${CMAKE_DL_LIBS})
