#include <gtest/gtest.h>

#include <unistd.h>

#include "io/files.h"
#include "io/process.h"
#include "lab/server.h"
#include "sources/mysql/charset.h"
#include "sources/mysql/connection.h"
#include "sources/source_conformance.h"

namespace suikei::sources {
namespace {

class MysqlServer final : public TestServer {
 public:
  static Result<std::unique_ptr<TestServer>> start(lab::ServerKind kind) {
    TRY(lab::find_programs(kind));
    std::unique_ptr<MysqlServer> made(new MysqlServer);
    char pattern[] = "/tmp/suikei-source-XXXXXX";
    if (!mkdtemp(pattern)) return io::system_error("make a folder like", pattern, errno);
    made->folder_ = pattern;
    lab::Server& server = made->server_;
    server.kind = kind;
    server.folder = made->folder_ / "s01";
    server.socket = made->folder_ / "s01.sock";
    server.port = TRY(io::free_port());
    if (kind == lab::ServerKind::mariadb) server.options = {"--log-bin=binlog", "--server-id=1"};
    TRY(lab::make_data_folders({server}));
    made->pid_ = TRY(lab::start_server(server));
    TRY(made->run("CREATE USER 'reader'@'%' IDENTIFIED BY 'right'; GRANT SELECT ON *.* TO 'reader'@'%'"));
    setenv("SUIKEI_TEST_PASSWORD", "right", 1);
    config::Source& source = made->source_;
    source.name = "test";
    source.kind = "mysql";
    source.datetime_zone = "Asia/Tokyo";  // the lab's servers run there
    config::Shard& shard = source.shards.emplace_back();
    shard.name = "s01";
    shard.port = server.port;
    shard.user = "reader";
    shard.password.env = "SUIKEI_TEST_PASSWORD";
    return std::unique_ptr<TestServer>(std::move(made));
  }
  ~MysqlServer() override {
    io::stop_process(pid_, 30);
    (void)io::remove_all(folder_);
  }

  Result<> run(const std::string& sql) override {
    TRY(lab::ask(server_, "SET sql_mode='NO_BACKSLASH_ESCAPES'; " + sql));
    return ok();
  }
  std::string quoted(std::string_view name) const override { return mysql::backquoted(name); }
  std::vector<OddValue> odd_values() const override {
    return {{"DATE", "'0000-00-00'", "0000-00-00"},
            {"DATE", "'2020-00-10'", "2020-00-10"},
            {"DATETIME(3)", "'0000-00-00'", "0000-00-00 00:00:00.000"},
            {"TIMESTAMP NULL", "'0000-00-00'", "0000-00-00 00:00:00"},
            {"VARCHAR(9) CHARACTER SET ucs2", "x'D800'", std::string("\xD8\x00", 2)}};
  }
  void lock(const std::string& table) override {
    holder_.emplace(good(io::FedProcess::start(lab::client_command(server_), folder_ / "holder.log")));
    good(holder_->feed("LOCK TABLES " + table + " WRITE; SELECT GET_LOCK('held', 0);\n"));
    for (int i = 0; i < 500 && good(lab::ask(server_, "SELECT IS_USED_LOCK('held') IS NULL")) != "0\n"; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  void unlock() override { holder_.reset(); }

  std::string ask(const std::string& sql) { return good(lab::ask(server_, sql)); }

 private:
  MysqlServer() = default;
  lab::Server server_;
  std::filesystem::path folder_;
  pid_t pid_ = 0;
  std::optional<io::FedProcess> holder_;
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(
    Mysql, SourceConformance,
    ::testing::Values(SourceUnderTest{"mariadb", [] { return MysqlServer::start(lab::ServerKind::mariadb); }},
                      SourceUnderTest{"mysql8", [] { return MysqlServer::start(lab::ServerKind::mysql8); }}),
    [](const auto& test) { return test.param.name; });

}  // namespace suikei::sources
