#include "io/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "base/text.h"
#include "io/fault.h"

namespace suikei::io {
namespace {

Result<> fsync_path(const fs::path& path) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return system_error("open", path, errno);
  int failed = fsync(fd);
  int error_number = errno;
  close(fd);
  if (failed) return system_error("fsync", path, error_number);
  return ok();
}

}  // namespace

Error system_error(std::string_view what, const fs::path& path, int error_number) {
  ErrorKind kind = ErrorKind::unavailable;
  std::string hint;
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      hint = "free some space there and run the command again; it resumes";
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      kind = ErrorKind::denied;
      hint = "give the user who runs suikei the right to write there";
      break;
    case ENOENT:
      kind = ErrorKind::not_found;
      break;
    case EMFILE:
      hint = "raise the limit of open files: ulimit -n 65536";
      break;
    default:
      break;
  }
  return Error{kind, fmt::format("{} {}: {}", what, path.string(), std::strerror(error_number)), hint};
}

Result<std::string> read_file(const fs::path& path) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return system_error("open", path, errno);
  std::string content;
  char buffer[65536];
  while (true) {
    ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      int error_number = errno;
      close(fd);
      return system_error("read", path, error_number);
    }
    if (got == 0) break;
    content.append(buffer, static_cast<size_t>(got));
  }
  close(fd);
  return content;
}

Result<> write_file_atomically(const fs::path& path, std::string_view content) {
  fs::path temporary = path;
  temporary += fmt::format(".{}.tmp", getpid());
  int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return system_error("create", temporary, errno);
  while (!content.empty()) {
    ssize_t put = write(fd, content.data(), content.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      int error_number = errno;
      close(fd);
      unlink(temporary.c_str());
      return system_error("write", temporary, error_number);
    }
    content.remove_prefix(static_cast<size_t>(put));
  }
  close(fd);
  Result<> committed = commit_file(temporary, path);
  if (!committed.ok()) unlink(temporary.c_str());
  return committed;
}

Result<> commit_file(const fs::path& temporary, const fs::path& final_path) {
  TRY(fault_point("file.commit.before"));
  TRY(fsync_path(temporary));
  if (rename(temporary.c_str(), final_path.c_str())) return system_error("rename to", final_path, errno);
  TRY(fsync_path(final_path.parent_path().empty() ? fs::path(".") : final_path.parent_path()));
  TRY(fault_point("file.commit.after"));
  return ok();
}

Result<> make_folders(const fs::path& path) {
  std::error_code problem;
  fs::create_directories(path, problem);
  if (problem) return system_error("create folder", path, problem.value());
  return ok();
}

std::vector<std::string> entries(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code problem;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, problem)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<> remove_all(const fs::path& path) {
  std::error_code problem;
  fs::remove_all(path, problem);
  if (problem) return system_error("remove", path, problem.value());
  return ok();
}

Result<uint64_t> bytes_free(const fs::path& path) {
  std::error_code problem;
  fs::path existing = fs::absolute(path, problem);
  while (!fs::exists(existing, problem) && existing.has_relative_path()) existing = existing.parent_path();
  struct statvfs info;
  if (statvfs(existing.c_str(), &info)) return system_error("look at", existing, errno);
  return static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
}

fs::path program_folder() {
  std::error_code problem;
  fs::path program = fs::read_symlink("/proc/self/exe", problem);
  return program.parent_path();
}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  if (this != &other) {
    release();
    fd_ = std::exchange(other.fd_, -1);
    path_ = std::move(other.path_);
  }
  return *this;
}

Result<FileLock> FileLock::take(const fs::path& path, std::string_view owner) {
  TRY(make_folders(path.parent_path()));
  int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return system_error("open", path, errno);
  if (flock(fd, LOCK_EX | LOCK_NB)) {
    int error_number = errno;
    close(fd);
    if (error_number != EWOULDBLOCK) return system_error("lock", path, error_number);
    Result<std::string> holder = read_file(path);
    std::string name = holder.ok() ? std::string(trim(holder.value())) : "";
    return Error{ErrorKind::unavailable, fmt::format("held by {}", name.empty() ? "another process" : name),
                 "wait until it is done, or stop it; a dead holder frees the lock by itself"};
  }
  FileLock lock;
  lock.fd_ = fd;
  lock.path_ = path;
  lock.say(owner);
  return lock;
}

Result<FileLock> FileLock::wait(const fs::path& path, std::string_view owner, double wait_seconds) {
  auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(wait_seconds);
  while (true) {
    Result<FileLock> lock = take(path, owner);
    bool busy = !lock.ok() && lock.error().kind == ErrorKind::unavailable;
    if (!busy || std::chrono::steady_clock::now() > deadline) return lock;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void FileLock::say(std::string_view owner) {
  // The text only informs people; losing it costs nothing, so failures are not reported.
  if (ftruncate(fd_, 0) == 0) (void)!pwrite(fd_, owner.data(), owner.size(), 0);
}

void FileLock::release() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

}  // namespace suikei::io
