#include "lab/project_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <random>

#include "base/text.h"
#include "io/files.h"

namespace suikei::lab {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view our_first_line = "# written by suikei lab";
constexpr const char* password_name = "reader.password";
constexpr const char* key_name = "masking.key";

/// A random secret in a file (mode 600), made at the first call.
Result<std::string> secret_of(const fs::path& file) {
  if (fs::exists(file)) {
    std::string text = TRY(io::read_file(file));
    if (!trim(text).empty()) return std::string(trim(text));
  }
  std::random_device device;
  std::string secret;
  for (int part = 0; part < 4; ++part) secret += fmt::format("{:08x}", device());
  // Nobody else may read it, not even for a moment: the mode is given at creation.
  int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return io::system_error("create", file, errno);
  std::string line = secret + "\n";
  ssize_t put = write(fd, line.data(), line.size());
  int error_number = errno;
  close(fd);
  if (put != static_cast<ssize_t>(line.size())) return io::system_error("write", file, error_number);
  return secret;
}

}  // namespace

std::string project_file_of(const State& state, const fs::path& password_file) {
  std::string text(our_first_line);
  text += fmt::format(R"(: `suikei lab up` writes it again unless this line is gone
project: lab
timezone: Asia/Tokyo
lake: {{kind: ducklake, catalog: lake.sqlite, data: data/, keep: 7d}}
masking: {{key_file: '{}'}}
sources:
  mf:
    kind: mysql
    datetime_zone: Asia/Tokyo
    connections: 2
    shards:
)",
                      (password_file.parent_path() / key_name).string());
  for (const Shard& shard : state.shards) {
    std::string place = state.transport == Transport::tcp
                            ? fmt::format("host: 127.0.0.1, port: {}", shard.port)
                            : fmt::format("socket: '{}'", shard.socket.string());
    text += fmt::format("      - {{name: {}, {}, user: reader, password_file: '{}'}}\n", shard.name, place,
                        password_file.string());
  }
  text += R"(    tables:
      - {database: 'ne_(?P<tenant>\d+)', table: '(?P<logical>.+)'}
)";
  return text;
}

Result<bool> write_project_file(const State& state, const fs::path& folder) {
  fs::path file = state.project / "suikei.yaml";
  if (fs::exists(file)) {
    std::string there = TRY(io::read_file(file));
    if (!starts_with(there, our_first_line)) return false;
  }
  TRY(io::make_folders(state.project));
  TRY(secret_of(folder / key_name));
  fs::path password_file = fs::relative(folder / password_name, state.project);
  TRY(io::write_file_atomically(file, project_file_of(state, password_file)));
  return true;
}

Result<std::string> reader_password(const fs::path& folder) {
  return secret_of(folder / password_name);
}

}  // namespace suikei::lab
