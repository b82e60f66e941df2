#include "lab/lab.h"

#include <gtest/gtest.h>

#include "io/files.h"
#include "lab/project_file.h"

namespace suikei::lab {
namespace {

State two_shards() {
  State state;
  state.tenants = state.last_tenant = 5;
  state.tables = 14;
  state.project = "/srv/demo";
  state.shards = {{"s01", 3401, 11, "/srv/demo/lab/s01/mysqld.sock", true, 3, 42, 900},
                  {"s02", 3402, 12, "/srv/demo/lab/s02/mysqld.sock", false, 2, 28, 700}};
  return state;
}

class LabFolder : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/suikei-lab-test-XXXXXX";
    ASSERT_NE(mkdtemp(pattern), nullptr);
    folder = pattern;
  }
  void TearDown() override { (void)io::remove_all(folder); }
  fs::path folder;
};

TEST(Lab, TheTenantThatMovedStandsOnBothShards) {
  State state = two_shards();
  std::vector<std::vector<int>> plan = plan_tenants(state);
  EXPECT_EQ(plan[0], (std::vector<int>{1, 2, 3, 5}));
  EXPECT_EQ(plan[1], (std::vector<int>{2, 4}));
  state.drift = Drift::uniform;
  EXPECT_EQ(plan_tenants(state)[0], (std::vector<int>{1, 3, 5}));
}

TEST(Lab, ProjectFileNamesPortsOrSockets) {
  State state = two_shards();
  std::string text = project_file_of(state, "lab/reader.password");
  EXPECT_NE(
      text.find(
          "{name: s01, host: 127.0.0.1, port: 3401, user: reader, password_file: 'lab/reader.password'}"),
      std::string::npos);
  state.transport = Transport::socket;
  EXPECT_NE(project_file_of(state, "p").find("socket: '/srv/demo/lab/s02/mysqld.sock'"), std::string::npos);
}

TEST_F(LabFolder, StateSurvivesTheFile) {
  State state = two_shards();
  state.rows = Scale::bench;
  state.server_options = {"--wait-timeout=5"};
  ASSERT_TRUE(write_state(folder, state).ok());
  Result<State> again = read_state(folder);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again.value().rows, Scale::bench);
  EXPECT_EQ(again.value().server_options, state.server_options);
  EXPECT_EQ(again.value().shards[1].port, 3402);
  EXPECT_FALSE(again.value().shards[1].filled);
}

TEST_F(LabFolder, AFileThatIsNoStateIsCorrupt) {
  ASSERT_TRUE(io::write_file_atomically(folder / "lab.json", "{\"format\": 1}").ok());
  EXPECT_EQ(read_state(folder).error().kind, ErrorKind::corrupt);
  EXPECT_EQ(read_state(folder / "nowhere").error().kind, ErrorKind::not_found);
}

TEST_F(LabFolder, AnotherWishForAnExistingLabIsRefused) {
  ASSERT_TRUE(write_state(folder, two_shards()).ok());
  UpOptions options;
  options.folder = folder;
  options.tenants = 6;
  EXPECT_EQ(up(options).error().kind, ErrorKind::usage);
}

TEST_F(LabFolder, SomebodyElsesProjectFileIsLeftAlone) {
  State state = two_shards();
  state.project = folder;
  ASSERT_TRUE(io::write_file_atomically(folder / "suikei.yaml", "project: mine\n").ok());
  Result<bool> written = write_project_file(state, folder / "lab");
  ASSERT_TRUE(written.ok());
  EXPECT_FALSE(written.value());
}

TEST_F(LabFolder, ThePasswordIsForTheOwnerOnlyAndStays) {
  Result<std::string> first = reader_password(folder);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(fs::status(folder / "reader.password").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(reader_password(folder).value(), first.value());
}

TEST_F(LabFolder, DownTouchesNoProcessThatIsNotOurs) {
  State state = two_shards();
  state.shards.resize(1);
  state.shards[0].pid = getpid();
  ASSERT_TRUE(write_state(folder, state).ok());
  Result<DownReport> done = down(folder, Remains::keep);
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done.value().servers_stopped, 0);
}

}  // namespace
}  // namespace suikei::lab
