// mysql_shard.h — one MySQL or MariaDB server as a shard.
// See:    sources/mysql/mysql.md
#pragma once

#include <memory>

#include "sources/source.h"

namespace suikei::sources::mysql {

std::unique_ptr<Shard> make_mysql_shard(const config::Source& source, const config::Shard& shard);

}  // namespace suikei::sources::mysql
