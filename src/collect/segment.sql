CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS logical (logical_id INTEGER PRIMARY KEY, name TEXT UNIQUE);
CREATE TABLE IF NOT EXISTS shape (shape_id INTEGER PRIMARY KEY, fingerprint TEXT UNIQUE, json TEXT);
-- No index: rows are written once in reading order and read as a whole.
CREATE TABLE IF NOT EXISTS physical (
  logical_id INTEGER, database TEXT, name TEXT, tenant TEXT, rows INTEGER, bytes INTEGER, checksum BLOB,
  shape_id INTEGER, consistency TEXT, attempts INTEGER, error_kind TEXT, error TEXT, hint TEXT);
CREATE TABLE IF NOT EXISTS file (logical_id INTEGER, path TEXT UNIQUE, json TEXT);
CREATE TABLE IF NOT EXISTS quarantine (
  logical_id INTEGER, tenant TEXT, name TEXT, row_key TEXT, column_name TEXT, reason TEXT, original BLOB);
