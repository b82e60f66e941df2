#include "base/text.h"
#include "lakes/ducklake/ducklake_lake.h"

namespace suikei::lakes::ducklake {
namespace {

class DuckLakeSession final : public Session {
 public:
  explicit DuckLakeSession(engine::Connection connection) : connection_(std::move(connection)) {}

  Result<> run(const std::string& sql) override {
    Result<> done = connection_.run(sql);
    return done.ok() ? ok() : Result<>(told(done.error()));
  }
  Result<table::Rows> query(const std::string& sql, int64_t limit) override {
    Result<table::Rows> rows = connection_.query(sql, limit);
    if (!rows.ok()) return told(rows.error());
    return rows;
  }
  Result<> set_variable(const std::string& name, std::string_view bytes) override {
    Result<> done =
        connection_.run(fmt::format("SET VARIABLE {} = unhex('{}')", engine::quote_name(name), hex(bytes)));
    if (done.ok()) return ok();
    return Error{ErrorKind::corrupt, fmt::format("cannot set the session variable {}", name), ""};
  }
  void interrupt() override { connection_.interrupt(); }

 private:
  /// A commit that met another one may be tried again.
  static Error told(Error error) {
    for (const char* met : {"conflict", "database is locked"}) {
      if (error.message.find(met) != std::string::npos) error.kind = ErrorKind::unavailable;
    }
    return error;
  }
  engine::Connection connection_;
};

}  // namespace

Result<std::unique_ptr<Session>> DuckLake::open_session() {
  engine::Connection connection = TRY(connect());
  return std::unique_ptr<Session>(std::make_unique<DuckLakeSession>(std::move(connection)));
}

}  // namespace suikei::lakes::ducklake
