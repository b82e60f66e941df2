# every_point.sh — the same run with a fault at every place that the program has named, one at a time.
# In ./lab runs a shard; ./start is a project that has been collected, after which the source has changed.
# For every fault point that an undisturbed run passes (its first pass, and its second where there is one) and
# every action: the run stops or fails, the run after it ends well, and then lake, ledger and files are as if
# nothing had been.
# Prints one line per point, or what differs.

export SUIKEI_NOW=2096-11-02T03:00:00  # the instant of reading is part of what is compared
actions="kill io_error disk_full timeout"
good=${good_code:-1}  # exit code of the undisturbed run: some tables of this source are not as they should be

# What must be equal: rows and values in the lake, states and checksums in the ledger, and files that nobody
# knows.
tables="orders order_lines goods stock dates"
picture() {
  lake "$(for table in $tables; do
    echo "SELECT '$table' AS t, _shard, _tenant, count(*) AS rows,
      md5(string_agg(CAST(r AS VARCHAR), '' ORDER BY CAST(r AS VARCHAR))) AS hash
      FROM lake_mf.$table AS r GROUP BY ALL UNION ALL"
  done) SELECT 'quarantine', _shard, _tenant, count(*),
    string_agg(concat_ws(' ', \"table\", key, original), ', ')
    FROM lake_mf._quarantine GROUP BY ALL ORDER BY ALL"
  sqlite3 ledger.sqlite "SELECT shard, d.value, n.value, state, rows, hex(checksum), r.value FROM physical
    JOIN word d ON d.id = database JOIN word n ON n.id = name JOIN word r ON r.id = reason ORDER BY 1, 2, 3"
  suikei status | grep -v '^last run'
  find data -type f | sed 's|^data/||' | sort >on_disk
  sqlite3 lake.sqlite "SELECT s.path || t.path || f.path FROM ducklake_data_file f
    JOIN ducklake_table t USING (table_id)
    JOIN ducklake_schema s USING (schema_id) WHERE t.end_snapshot IS NULL
    UNION SELECT path FROM ducklake_files_scheduled_for_deletion" | sort >known
  comm -23 on_disk known | sed 's/^/left over: /'
  comm -13 on_disk known | sed 's/^/missing: /'
  find staging -name segment.sqlite -o -name manifest.json -o -name '*.tmp*' | sed 's/^/left over: /'
}

fresh() { rm -rf "$1" && cp -r start "$1"; }

fresh undisturbed
(cd undisturbed && SUIKEI_FAULT_TRACE=$PWD/../trace suikei collect --json >report 2>&1
  echo "undisturbed: exit $?"
  picture >../expected)
grep -E 'left over|missing' expected
wc -l <expected

# try POINT ACTION PASS
try() {
  local folder=at.$1.$2.$3 code
  fresh "$folder"
  (
    cd "$folder" || exit 1
    code=$(SUIKEI_FAULT=$1:$2:$3 suikei collect >first 2>&1; echo $?)
    [ $code -ne 0 ] || echo "the disturbed run exits 0"
    [ "$2" != kill ] || [ $code -eq 137 ] || echo "it was not killed: exit $code"
    suikei collect >second 2>&1
    code=$?
    [ $code -eq "$good" ] || { echo "the next run exits $code:"; tail -n 3 second; }
    picture >picture
    diff ../expected picture
  ) >"$folder.differs" 2>/dev/null
  [ -s "$folder.differs" ] && return
  rm -rf "$folder" "$folder.differs"
}

two_at_once() { while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done; }

sort trace | uniq -c | while read -r passes point; do
  for action in $actions; do
    for pass in 1 2; do
      [ "$pass" -le "$passes" ] || continue
      # Errors all take one way; once is enough.
      [ "$pass$action" != 2disk_full ] && [ "$pass$action" != 2timeout ] || continue
      two_at_once
      try "$point" "$action" "$pass" &
    done
  done
  wait
  differing=$(ls -d at."$point".*.differs 2>/dev/null)
  if [ -z "$differing" ]; then
    echo "$point: same"
  else
    for file in $differing; do echo "$file:"; head -n 12 "$file" | sed 's/^/  /'; done
  fi
done
