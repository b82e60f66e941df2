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

# lake "SQL": a query of the lake, as CSV (with plain line ends).
lake() {
  suikei sql --format csv "$1" | tr -d '\r'
  return "${PIPESTATUS[0]}"
}

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

# value KEY…: of the JSON object on standard input; `a.b` goes down. One line.
value() {
  python3 -c '
import functools, json, sys
whole = json.load(sys.stdin)
print(*[functools.reduce(lambda at, key: at[key], path.split("."), whole) for path in sys.argv[1:]])' "$@"
}

# shards: names of the lab's shards.
shards() { python3 -c 'import json; print(*[s["name"] for s in json.load(open("lab/lab.json"))["shards"]])'; }

# source_counts: "shard,logical table,rows", counted at the shards of ./lab. A table's name is its logical
# one.
source_counts() {
  local shard
  for shard in $(shards); do
    db "$shard" "
      SET SESSION group_concat_max_len = 10000000;
      SELECT GROUP_CONCAT(CONCAT('SELECT ''', table_name, ''' t, COUNT(*) n FROM ',
        table_schema, '.', table_name)
        SEPARATOR ' UNION ALL ') INTO @each FROM information_schema.tables WHERE table_schema LIKE 'ne\\_%';
      SET @whole = CONCAT('SELECT CONCAT_WS('','', ''$shard'', t, SUM(n)) FROM (', @each,
        ') c GROUP BY t HAVING SUM(n) > 0');
      PREPARE counted FROM @whole;
      EXECUTE counted"
  done | sort
}

# lake_counts [TAIL]: the same, counted in the lake; TAIL goes behind the table's name, such as
# `AT (VERSION => 2)`.
lake_counts() {
  local table each=
  for table in $(lake_tables); do
    each="$each${each:+ UNION ALL }SELECT _shard, '$table' AS t, count(*) AS n
      FROM lake_mf.\"$table\" $1 GROUP BY ALL"
  done
  lake "$each" | tail -n +2 | sort
}

# lake_tables: logical tables in the lake.
lake_tables() {
  lake "SELECT table_name FROM information_schema.tables
        WHERE table_schema = 'lake_mf' AND table_name <> '_quarantine' ORDER BY 1" | tail -n +2
}

# lake_contents: per logical table, shard and tenant the number of rows and a hash of all their values.
lake_contents() {
  local table each=
  for table in $(lake_tables); do
    each="$each${each:+ UNION ALL }SELECT '$table' AS t, _shard, _tenant, count(*) AS n,
      md5(string_agg(CAST(r AS VARCHAR), '' ORDER BY CAST(r AS VARCHAR))) AS hash
      FROM (SELECT * EXCLUDE _collected_at FROM lake_mf.\"$table\") AS r GROUP BY ALL"
  done
  lake "$each ORDER BY ALL"
}

# ledger_contents: every physical table the ledger knows, with its state, rows and checksum.
ledger_contents() {
  local tenant
  for tenant in $(sqlite3 ledger.sqlite "SELECT DISTINCT word.value FROM physical
    JOIN word ON word.id = tenant ORDER BY 1"); do
    suikei status --tenant "$tenant" --json
  done | python3 -c '
import json, sys
text = sys.stdin.read()
while text.strip():
    one, end = json.JSONDecoder().raw_decode(text.lstrip())
    text = text.lstrip()[end:]
    for t in one["tables"]:
        print(t["shard"], t["database"], t["table"], t["state"], t["rows"], t["checksum"],
              t.get("reason", ""))' | sort
}

# hold SHARD TABLE: locks a table, so that a collect comes to a stop when it wants to read it. release SHARD:
# goes on.
hold() {
  db "$1" "LOCK TABLES $2 WRITE; SELECT SLEEP(600)" >/dev/null 2>&1 &
  retry 60 has_process "$1" "info LIKE 'SELECT SLEEP(600)%'"
}
release() {
  db "$1" "KILL $(db "$1" "SELECT id FROM information_schema.processlist
    WHERE info LIKE 'SELECT SLEEP(600)%'")"
}

# waiting SHARD: somebody waits for a table that is held; true within 30 seconds.
waiting() { retry 60 has_process "$1" "user = 'reader' AND state LIKE 'Waiting for table%'"; }

# has_process SHARD CONDITION
has_process() { [ "$(db "$1" "SELECT COUNT(*) FROM information_schema.processlist WHERE $2")" -gt 0 ]; }

# pid_of SHARD: process of the shard's server.
pid_of() { python3 -c '
import json, sys
print(next(s["pid"] for s in json.load(open("lab/lab.json"))["shards"] if s["name"] == sys.argv[1]))' "$1"; }

# without_times: takes times and speeds out of a summary, so that it can be compared.
without_times() { sed -E 's/ in [0-9][^(]*\([0-9,]+ tables\/s\)//'; }
