#!/usr/bin/env python3
"""bench peers: the same lab collected by suikei and by what else one could take, one after the other.

Each is one whole process over the same socket, with two connections where it has the option. A peer that is
not installed is left out: mydumper and mariadb-dump (Debian), the DuckDB MySQL scanner and dlt (PyPI: duckdb,
duckdb-extension-mysql-scanner, dlt[filesystem,sql_database], pymysql). Slow ones get the first tables only.

Results go to stdout as Markdown; `--record` appends them to bench/RESULTS.md.
"""

import argparse
import datetime
import importlib.util
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from collect import ROOT, Lab, collect

SCANNER = """
import sys, time, duckdb, importlib.util, pathlib
socket, password, out, names = sys.argv[1], open(sys.argv[2]).read().strip(), sys.argv[3], sys.argv[4:]
package = pathlib.Path(importlib.util.find_spec("duckdb_extension_mysql_scanner").origin).parent
connection = duckdb.connect()
connection.execute(f"LOAD '{next(package.rglob('mysql_scanner.duckdb_extension'))}'")
login = f"socket={socket} user=reader password={password}"
connection.execute(f"ATTACH '{login}' AS source (TYPE mysql, READ_ONLY)")
refused = 0
for name in names:
    try:
        connection.execute(f"COPY (SELECT * FROM source.{name}) TO '{out}/{name}.parquet' (COMPRESSION zstd)")
    except duckdb.Error:
        refused += 1
print(refused)
"""

DLT = """
import sys, dlt
from dlt.sources.sql_database import sql_database
socket, password, names = sys.argv[1], open(sys.argv[2]).read().strip(), sys.argv[3:]
tables = {}
for name in names:
    tables.setdefault(name.split('.')[0], []).append(name.split('.')[1])
for database, own in tables.items():
    url = f"mysql+pymysql://reader:{password}@localhost/{database}?unix_socket={socket}"
    pipeline = dlt.pipeline(pipeline_name=database, destination="filesystem", dataset_name=database)
    pipeline.run(sql_database(url, table_names=own, backend="pyarrow"), loader_file_format="parquet")
"""


def timed(argv, **kwargs):
    started = time.monotonic()
    argv = [str(a) for a in argv]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, **kwargs)
    return time.monotonic() - started, done


def last(done):
    return (done.stderr.strip().splitlines() or ["no word"])[-1][:80]


def main():
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("--folder", default="/tmp/suikei_bench")
    parser.add_argument("--tenants", type=int, default=200)
    parser.add_argument("--tables", type=int, default=60)
    parser.add_argument("--few", type=int, default=120, help="tables for the slow peers")
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    lines = []

    def out(line):
        print(line, flush=True)
        lines.append(line)

    folder = Path(options.folder) / f"peers{options.tenants}x{options.tables}"
    lab = Lab(folder, options.tenants, options.tables, "socket")
    names = lab.sql(
        "SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) FROM information_schema.TABLES "
        "WHERE TABLE_SCHEMA LIKE 'ne\\\\_%' ORDER BY 1"
    ).split()
    few = names[: options.few]
    work = Path(tempfile.mkdtemp(prefix="suikei-peers-"))
    out(f"\n## bench peers, {datetime.date.today()}\n\n{len(names):,} tables of {lab.tables} kinds, warm\n")
    out("| program | writes | tables | seconds | tables/s |\n|---|---|---|---|---|")

    def row(name, writes, count, seconds):
        out(f"| {name} | {writes} | {count:,} | {seconds:.1f} | {count / seconds:,.1f} |")

    collect(lab)  # warms pages and tables for everybody
    seconds, _, _, report = collect(lab)
    row("suikei collect", "proven zstd Parquet in a lake", report["tables_total"], seconds)
    login = work / "login.cnf"
    login.touch(0o600)
    password = lab.password.read_text().strip()
    login.write_text(f"[client]\nuser=reader\npassword={password}\nsocket={lab.socket}\n")
    databases = sorted({name.split(".")[0] for name in names})
    if shutil.which("mydumper"):
        to = ["--outputdir", work / "mydumper", "--socket", lab.socket, "--user", "root"]
        seconds, done = timed(["mydumper", "--threads=2", "--no-locks", "--regex=^ne_", "--compress", *to])
        if done.returncode == 0:
            row("mydumper", "gzip SQL", len(names), seconds)
        else:
            out(f"| mydumper | did not run: {last(done)} | | | |")
    if shutil.which("mariadb-dump"):
        with open(work / "dump.sql", "w") as target:
            started = time.monotonic()
            argv = ["mariadb-dump", f"--defaults-file={login}", "--single-transaction", "--databases"]
            subprocess.run([*argv, *databases], stdout=target, stderr=subprocess.DEVNULL, check=False)
            row("mariadb-dump", "SQL", len(names), time.monotonic() - started)
    if importlib.util.find_spec("duckdb_extension_mysql_scanner"):
        seconds, done = timed([sys.executable, "-c", SCANNER, lab.socket, lab.password, work, *few])
        if done.returncode == 0:
            refused = f"zstd Parquet; {done.stdout.strip()} tables refused"
            row("DuckDB MySQL scanner, table by table", refused, len(few), seconds)
        else:
            out(f"| DuckDB MySQL scanner | did not run: {last(done)} | | | |")
    if importlib.util.find_spec("dlt"):
        to = {"DESTINATION__FILESYSTEM__BUCKET_URL": f"file://{work}/dlt", "HOME": str(work)}
        argv = [sys.executable, "-c", DLT, lab.socket, lab.password, *few]
        seconds, done = timed(argv, cwd=work, env={**to, "PATH": "/usr/bin:/bin"})
        if done.returncode == 0:
            row("dlt, pyarrow", "Parquet", len(few), seconds)
        else:
            out(f"| dlt | did not run: {last(done)} | | | |")
    shutil.rmtree(work, ignore_errors=True)
    if options.record:
        with open(ROOT / "bench" / "RESULTS.md", "a") as file:
            file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
