#include "lakes/ducklake/ducklake_folders.h"

#include "base/text.h"

namespace suikei::lakes::ducklake {
namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

}  // namespace

bool folder_is_plain(std::string_view name) {
  for (char c : name) {
    if (!is_plain(c)) return false;
  }
  return !name.empty();
}

std::string folder_of(std::string_view name) {
  bool well_formed = is_utf8(name);
  std::string folder;
  for (char c : name) {
    bool beyond_ascii = static_cast<unsigned char>(c) >= 0x80;
    if (is_plain(c) || (beyond_ascii && well_formed)) {
      folder += c;
    } else {
      folder += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return folder.empty() ? "%" : folder;
}

std::string table_folder(const TableName& table) {
  return folder_of(table.dataset) + "/" + folder_of(table.table);
}

std::string slice_folder(const std::string& run_id, const std::string& shard) {
  return "run=" + folder_of(run_id) + "/_shard=" + folder_of(shard);
}

}  // namespace suikei::lakes::ducklake
