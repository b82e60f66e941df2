// floor.cc — the floor under every collect: SELECT * on every table and fetch the rows, nothing else.
// usage: floor SOCKET-OR-HOST:PORT USER PASSWORD_FILE CONNECTIONS
// Prints tables, rows and bytes as JSON. The plain client library, one query at a time, as a simple loop
// would.
#include <mysql.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Place {
  std::string host, socket, user, password;
  unsigned port = 0;
};

MYSQL* connect(const Place& place) {
  MYSQL* mysql = mysql_init(nullptr);
  unsigned protocol = place.socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
  mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol);
  if (!mysql_real_connect(mysql, place.socket.empty() ? place.host.c_str() : "localhost", place.user.c_str(),
                          place.password.c_str(), nullptr, place.port,
                          place.socket.empty() ? nullptr : place.socket.c_str(), 0)) {
    std::fprintf(stderr, "floor: %s\n", mysql_error(mysql));
    std::exit(1);
  }
  return mysql;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5)
    return std::fprintf(stderr, "usage: floor SOCKET|HOST:PORT USER PASSWORD_FILE CONNECTIONS\n"), 2;
  Place place;
  std::string where = argv[1];
  if (size_t colon = where.rfind(':'); where[0] != '/' && colon != std::string::npos) {
    place.host = where.substr(0, colon);
    place.port = static_cast<unsigned>(std::atoi(where.c_str() + colon + 1));
  } else {
    place.socket = where;
  }
  place.user = argv[2];
  std::ifstream(argv[3]) >> place.password;
  int connections = std::atoi(argv[4]);

  std::vector<std::string> queries;
  MYSQL* mysql = connect(place);
  mysql_query(
      mysql,
      "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' "
      "AND TABLE_SCHEMA NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')");
  MYSQL_RES* names = mysql_store_result(mysql);
  while (MYSQL_ROW row = mysql_fetch_row(names)) {
    queries.push_back(std::string("SELECT * FROM `") + row[0] + "`.`" + row[1] + "`");
  }
  mysql_free_result(names);
  mysql_close(mysql);

  std::atomic<size_t> next = 0;
  std::atomic<long long> rows = 0, bytes = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < connections; ++i) {
    threads.emplace_back([&] {
      MYSQL* own = connect(place);
      long long own_rows = 0, own_bytes = 0;
      for (size_t at; (at = next++) < queries.size();) {
        if (mysql_real_query(own, queries[at].data(), queries[at].size())) continue;
        MYSQL_RES* result = mysql_use_result(own);
        if (!result) continue;
        unsigned width = mysql_num_fields(result);
        while (mysql_fetch_row(result)) {
          ++own_rows;
          unsigned long* lengths = mysql_fetch_lengths(result);
          for (unsigned column = 0; column < width; ++column)
            own_bytes += static_cast<long long>(lengths[column]);
        }
        mysql_free_result(result);
      }
      rows += own_rows;
      bytes += own_bytes;
      mysql_close(own);
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::printf("{\"tables\": %zu, \"rows\": %lld, \"bytes\": %lld}\n", queries.size(), rows.load(),
              bytes.load());
}
