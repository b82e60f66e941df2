// ducklake_folders.h — where a slice's files lie: computable from names alone.
// Why:    a worker that stages files never sees the catalog, so it cannot look up a folder there.
// Holds:  different names give different folders; a folder's name has no character that means something to a
//         file system, to hive partitions or to a glob.
#pragma once

#include <string>
#include <string_view>

#include "lakes/lake.h"

namespace suikei::lakes::ducklake {

/// One folder name for any name: ASCII letters, digits, `_`, `-` and well-formed UTF-8 stay, the rest is %XX.
std::string folder_of(std::string_view name);
/// True when the lake's own software would choose the same folder.
bool folder_is_plain(std::string_view name);
/// "lake_mf/orders"
std::string table_folder(const TableName& table);
/// "run=…/_shard=s01", below the table's folder
std::string slice_folder(const std::string& run_id, const std::string& shard);

}  // namespace suikei::lakes::ducklake
