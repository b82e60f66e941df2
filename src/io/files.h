// files.h — files that are either wholly there or not there at all.
// Holds:  write_file_atomically and commit_file fsync the file and its folder before they return.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace suikei::io {

namespace fs = std::filesystem;

Result<std::string> read_file(const fs::path& path);
/// Writes to a temporary name beside `path`, fsyncs, renames, fsyncs the folder.
Result<> write_file_atomically(const fs::path& path, std::string_view content);
/// fsyncs `temporary`, renames it to `final_path`, fsyncs the folder: from here on the file exists.
Result<> commit_file(const fs::path& temporary, const fs::path& final_path);
Result<> make_folders(const fs::path& path);
/// Names of the entries of a folder, sorted; empty when the folder does not exist.
std::vector<std::string> entries(const fs::path& folder);
/// Removes a file or a folder with all it holds; what is not there is fine.
Result<> remove_all(const fs::path& path);
/// Bytes free for us on the file system that holds `path` (or its nearest existing parent).
Result<uint64_t> bytes_free(const fs::path& path);
/// Folder of the running program, symlinks resolved.
fs::path program_folder();
/// An errno as an Error: no space is `unavailable`, no permission is `denied`.
Error system_error(std::string_view what, const fs::path& path, int error_number);

/// An exclusive lock that dies with the process (flock). The file stays and tells who holds it.
class FileLock {
 public:
  FileLock() = default;
  FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock() { release(); }

  /// Takes the lock or fails at once with `unavailable`, naming the holder written in the file.
  /// Writes `owner` into the file when taken.
  static Result<FileLock> take(const fs::path& path, std::string_view owner);
  /// Waits for the lock at most `wait_seconds`.
  static Result<FileLock> wait(const fs::path& path, std::string_view owner, double wait_seconds);
  /// Rewrites the owner text (a heartbeat); only while held.
  void say(std::string_view owner);
  bool held() const { return fd_ >= 0; }
  void release();

 private:
  int fd_ = -1;
  fs::path path_;
};

}  // namespace suikei::io
