# Read by the shell of every text test (run_text.py) before its first command.

# lab_up OPTION…: throw-away shards in ./lab, of the server this run is for. Says nothing unless it fails.
lab_up() {
  suikei lab up --dir lab --server "$SERVER" "$@" >lab_up.log 2>&1 && return
  local code=$?
  cat lab_up.log
  return $code
}

# db SHARD "SQL": runs SQL on a shard of ./lab as root; rows without headings, tabs between values.
db() {
  local socket
  socket=$(python3 -c '
import json, sys
shards = json.load(open("lab/lab.json"))["shards"]
print(next(shard["socket"] for shard in shards if shard["name"] == sys.argv[1]))' "$1") || return
  mariadb --no-defaults --user=root --socket="$socket" --batch --skip-column-names --execute="$2"
}

# lake "SQL": a query of the lake, as CSV.
lake() { suikei sql --format csv "$1"; }

# retry N COMMAND…: until it succeeds, at most N times, half a second between.
retry() {
  local left=$1
  shift
  until "$@"; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || return 1
    sleep 0.5
  done
}

# skip WHY: ends the file; the test counts as skipped.
skip() {
  echo "skipped: $*"
  exit 77
}
