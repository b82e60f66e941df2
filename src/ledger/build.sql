-- What `suikei build` did, newest last. The nodes' results stand in the report: they are read together or not at all.
CREATE TABLE build (
  id          INTEGER PRIMARY KEY,
  run_id      TEXT NOT NULL UNIQUE,
  status      TEXT NOT NULL,          -- ok, partial, failed, cancelled, running
  started_us  INTEGER NOT NULL,
  finished_us INTEGER NOT NULL,       -- 0: not yet
  report      TEXT NOT NULL           -- JSON, the object of `build --json`
);
