-- The ledger's tables, format 1. docs/design/ledger.md says why they look like this.

-- Every repeated text once: names of databases, tables, tenants, logical tables, reasons. 0 is the empty text.
CREATE TABLE word (
  id    INTEGER PRIMARY KEY,
  value TEXT NOT NULL UNIQUE
);
INSERT INTO word VALUES (0, '');

-- A distinct list of columns. 0: not known.
CREATE TABLE shape (
  id          INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL UNIQUE,
  columns     TEXT NOT NULL           -- JSON; empty when only the fingerprint is known
);
INSERT INTO shape VALUES (0, '', '');

CREATE TABLE run (
  id            INTEGER PRIMARY KEY,  -- grows with time
  run_id        TEXT NOT NULL UNIQUE,
  source        TEXT NOT NULL,
  business_date TEXT NOT NULL,
  status        TEXT NOT NULL,        -- ok, partial, failed, cancelled, running
  started_us    INTEGER NOT NULL,
  finished_us   INTEGER NOT NULL,     -- 0: not yet
  report        TEXT NOT NULL         -- JSON
);
CREATE INDEX run_of_source ON run (source, started_us);

-- `number` is the shard's stable small integer and is never given out twice.
CREATE TABLE shard (
  number   INTEGER PRIMARY KEY AUTOINCREMENT,
  source   TEXT NOT NULL,
  name     TEXT NOT NULL,
  last_run INTEGER,                   -- the last run that looked at its tables
  UNIQUE (source, name)
);

CREATE TABLE shard_run (
  run     INTEGER NOT NULL,
  shard   INTEGER NOT NULL,
  status  TEXT NOT NULL,
  error   TEXT NOT NULL,
  hint    TEXT NOT NULL,
  facts   TEXT NOT NULL,              -- JSON
  seconds REAL NOT NULL,
  read_us INTEGER NOT NULL,           -- when the last of its tables was read; 0: none was
  PRIMARY KEY (run, shard)
) WITHOUT ROWID;

-- One row per physical table. A row is written only when something in it changes.
CREATE TABLE physical (
  shard       INTEGER NOT NULL,
  database    INTEGER NOT NULL,       -- word
  name        INTEGER NOT NULL,       -- word
  tenant      INTEGER NOT NULL,       -- word
  logical     INTEGER NOT NULL,       -- word
  state       INTEGER NOT NULL,       -- 0 current, 1 stale, 2 failed, 3 vanished, 4 removed
  rows        INTEGER NOT NULL,
  bytes       INTEGER NOT NULL,
  checksum    BLOB,                   -- 16 bytes; NULL: never read
  shape       INTEGER NOT NULL,
  consistency INTEGER NOT NULL,       -- word
  reason_kind INTEGER NOT NULL,       -- word
  reason      INTEGER NOT NULL,       -- word
  hint        INTEGER NOT NULL,       -- word
  attempts    INTEGER NOT NULL,
  first_run   INTEGER NOT NULL,       -- that saw it first
  written_run INTEGER NOT NULL,       -- that wrote this row last
  seen_run    INTEGER,                -- that looked at it last; NULL: the shard's last_run
  good_run    INTEGER,                -- of the rows in the lake; NULL: none, or the state is current and seen_run counts
  good_at_us  INTEGER NOT NULL,
  PRIMARY KEY (shard, database, name)
) WITHOUT ROWID;
CREATE INDEX physical_not_current ON physical (shard, state) WHERE state BETWEEN 1 AND 3;

-- What happened to a table, where it was more than "read, and unchanged". Ordered so that a run is appended.
CREATE TABLE attempt (
  run      INTEGER NOT NULL,
  shard    INTEGER NOT NULL,
  database INTEGER NOT NULL,
  name     INTEGER NOT NULL,
  at_us    INTEGER NOT NULL,
  outcome  INTEGER NOT NULL,          -- word: changed, failed, vanished, returned, removed
  rows     INTEGER NOT NULL,
  checksum BLOB,
  reason   INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  PRIMARY KEY (run, shard, database, name)
) WITHOUT ROWID;

CREATE TABLE slice_run (
  run         INTEGER NOT NULL,
  shard       INTEGER NOT NULL,
  logical     INTEGER NOT NULL,
  tables      INTEGER NOT NULL,
  failed      INTEGER NOT NULL,
  rows        INTEGER NOT NULL,
  bytes       INTEGER NOT NULL,
  files       INTEGER NOT NULL,
  quarantined INTEGER NOT NULL,
  checksum    BLOB,
  published   INTEGER NOT NULL,
  PRIMARY KEY (run, shard, logical)
) WITHOUT ROWID;

CREATE TABLE unmatched (
  shard    INTEGER NOT NULL,
  database TEXT NOT NULL,
  name     TEXT NOT NULL,
  PRIMARY KEY (shard, database, name)
) WITHOUT ROWID;

-- What is counted over `physical`, so that `status` does not read millions of rows. Rewritten per shard by merge.
CREATE TABLE state_count (
  shard   INTEGER NOT NULL,
  logical INTEGER NOT NULL,
  state   INTEGER NOT NULL,
  reason  INTEGER NOT NULL,
  tables  INTEGER NOT NULL,
  rows    INTEGER NOT NULL,
  PRIMARY KEY (shard, logical, state, reason)
) WITHOUT ROWID;
CREATE TABLE shape_count (
  shard    INTEGER NOT NULL,
  logical  INTEGER NOT NULL,
  shape    INTEGER NOT NULL,
  tables   INTEGER NOT NULL,
  examples TEXT NOT NULL,             -- JSON list of "database.table", at most five
  PRIMARY KEY (shard, logical, shape)
) WITHOUT ROWID;
CREATE TABLE tenant_place (
  tenant   INTEGER NOT NULL,
  shard    INTEGER NOT NULL,
  database INTEGER NOT NULL,
  current  INTEGER NOT NULL,          -- tables of the tenant there that are current
  PRIMARY KEY (tenant, shard, database)
) WITHOUT ROWID;
