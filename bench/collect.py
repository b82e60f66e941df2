#!/usr/bin/env python3
"""bench collect: how far `suikei collect` is from the floor under every collect.

The floor is bench/floor.cc: SELECT * on every table and fetch the rows. Both are whole processes timed from
outside, in turns, over the same transport and with the same number of connections. A round of suikei starts
from an empty project: list, read, convert, checksum, write, prove, publish, record. See --help for the parts.

Results go to stdout as Markdown; `--record` appends them to bench/RESULTS.md.
"""

import argparse
import datetime
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUIKEI = ROOT / "bin" / "suikei"
FLOOR = ROOT / "build" / "release" / "bin" / "bench_floor"
PROXY = ROOT / "bench" / "delay_proxy.py"


def run(argv, **kwargs):
    """Runs to the end; returns (seconds, CPU seconds, peak KB, stdout), as the kernel accounts them."""
    started = time.monotonic()
    process = subprocess.Popen(
        [str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, **kwargs
    )
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, out


class Lab:
    """A lab of one shard; its project file is the template for fresh projects."""

    def __init__(self, folder, tenants, tables, transport, rows="bench"):
        self.folder, self.tenants, self.tables = Path(folder), tenants, tables
        argv = [
            SUIKEI,
            "lab",
            "up",
            "--dir",
            self.folder / "lab",
            "--shards",
            1,
            "--tenants",
            tenants,
            "--tables",
            tables,
            "--rows",
            rows,
            "--transport",
            transport,
        ]
        started = time.monotonic()
        subprocess.run([str(a) for a in argv], check=True, stdout=subprocess.DEVNULL)
        self.seconds = time.monotonic() - started
        self.state = json.loads((self.folder / "lab" / "lab.json").read_text())["shards"][0]
        self.project = (self.folder / "suikei.yaml").read_text()
        self.socket, self.port = self.state["socket"], self.state["port"]
        self.password = self.folder / "lab" / "reader.password"
        self.where = self.socket if transport == "socket" else f"127.0.0.1:{self.port}"

    def sql(self, text):
        return subprocess.run(
            ["mariadb", "--no-defaults", "-N", "-B", f"--socket={self.socket}", "--user=root"],
            input=text,
            text=True,
            capture_output=True,
            check=True,
        ).stdout

    def restart_cold(self):
        """Stops the server, drops the page cache, starts it again."""
        subprocess.run(
            [str(SUIKEI), "lab", "down", "--dir", str(self.folder / "lab")],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        os.sync()
        Path("/proc/sys/vm/drop_caches").write_text("3\n")
        subprocess.run(
            [str(SUIKEI), "lab", "up", "--dir", str(self.folder / "lab")],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        state = json.loads((self.folder / "lab" / "lab.json").read_text())["shards"][0]
        self.where = self.where if self.where.startswith("/") else f"127.0.0.1:{state['port']}"
        self.project = (self.folder / "suikei.yaml").read_text()


def fresh_project(lab, where=None, connections=2):
    """An empty project over the lab; `where` (host:port) replaces the shard's address."""
    folder = lab.folder / "bench_project"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "lab").mkdir(parents=True)
    text = lab.project.replace("connections: 2", f"connections: {connections}")
    text = text.replace("lab/reader.password", str(lab.password))
    if where:
        host, port = where.split(":")
        place = f"host: {host}, port: {port}"
        text = text.replace(f"socket: '{lab.socket}'", place).replace(
            f"host: 127.0.0.1, port: {lab.port}", place
        )
    (folder / "suikei.yaml").write_text(text)
    return folder


def collect(lab, where=None, connections=2):
    folder = fresh_project(lab, where, connections)
    seconds, cpu, peak, out = run([SUIKEI, "collect", "--json", "--project", folder])
    report = json.loads(out.strip().splitlines()[-1])
    return seconds, cpu, peak, report


def floor(lab, where=None, connections=2):
    seconds, cpu, _, out = run([FLOOR, where or lab.where, "reader", lab.password, connections])
    return seconds, cpu, json.loads(out)


def median(values):
    return statistics.median(values)


def spread(values, form="{:.2f}"):
    return f"{form.format(min(values))} / {form.format(median(values))} / {form.format(max(values))}"


def ratio_rounds(lab, rounds, title, out, cold=False):
    floors, collects, ratios, reports, cpus, floor_cpus, peaks = [], [], [], [], [], [], []
    if not cold:
        floor(lab)  # both sides read warm pages and open tables
    for _ in range(rounds):
        if cold:
            lab.restart_cold()
        floor_seconds, floor_cpu, floor_said = floor(lab)
        if cold:
            lab.restart_cold()
        seconds, cpu, peak, report = collect(lab)
        floors.append(floor_seconds), collects.append(seconds), ratios.append(floor_seconds / seconds)
        reports.append(report), cpus.append(cpu), floor_cpus.append(floor_cpu), peaks.append(peak)
    tables = floor_said["tables"]

    def of(key):
        return f"{median([report[key] for report in reports]):.2f}"

    out(f"### {title}\n")
    out(
        f"{tables:,} tables of {lab.tables} kinds, {floor_said['rows']:,} rows, {rounds} rounds; "
        "min / median / max\n"
    )
    out("| figure | floor | suikei collect |\n|---|---|---|")
    out(f"| seconds | {spread(floors)} | {spread(collects)} |")
    out(f"| tables/s (median) | {tables / median(floors):,.0f} | {tables / median(collects):,.0f} |")
    out(f"| CPU seconds of the client | {spread(floor_cpus)} | {spread(cpus)} |")
    out(
        f"| of it: staging, publish, ledger (s, median) | | {of('stage_seconds')}, "
        f"{of('publish_seconds')}, {of('ledger_seconds')} |"
    )
    out(f"| peak memory (MB, max) | | {max(peaks) / 1024:.0f} |")
    out(
        f"\n**ratio floor / collect, pair by pair: {spread(ratios)}** (goal {'0.95' if cold else '0.80'})\n"
    )
    return max(peaks)


def latency(lab, out, milliseconds=10):
    proxy = subprocess.Popen(
        [sys.executable, str(PROXY), str(lab.port), str(milliseconds)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        slow = proxy.stdout.readline().strip()
        direct = [collect(lab, f"127.0.0.1:{lab.port}")[0] for _ in range(2)]
        proxy_plain = subprocess.Popen(
            [sys.executable, str(PROXY), str(lab.port), "0"], stdout=subprocess.PIPE, text=True
        )
        plain = proxy_plain.stdout.readline().strip()
        through = [collect(lab, plain)[0] for _ in range(2)]
        proxy_plain.kill()
        delayed = [collect(lab, slow)[0] for _ in range(2)]
    finally:
        proxy.kill()
    out(f"### {milliseconds} ms added to every round trip\n")
    out("| link | seconds (best of 2) | times |\n|---|---|---|")
    out(f"| direct, TCP | {min(direct):.2f} | 1.00 |")
    out(f"| through the proxy, 0 ms | {min(through):.2f} | {min(through) / min(direct):.2f} |")
    out(
        f"| through the proxy, {milliseconds} ms | {min(delayed):.2f} | "
        f"{min(delayed) / min(direct):.2f} (goal < 2) |\n"
    )


def one_table(folder, rows, out):
    """One table of ten mixed columns: rows per CPU second, and what the Parquet writer alone takes."""
    lab = Lab(folder, 1, 12, "socket", "tiny")
    if lab.sql("SELECT count(*) FROM information_schema.tables WHERE table_name='mixed'").strip() == "0":
        lab.sql(
            """CREATE TABLE ne_00001.mixed (id BIGINT PRIMARY KEY, shop INT NOT NULL, ordered_at DATETIME,
            changed_at TIMESTAMP NULL, status VARCHAR(10), customer VARCHAR(40), amount DECIMAL(12,2),
            rate DOUBLE,
            quantity SMALLINT, note VARCHAR(80)) CHARSET utf8mb4"""
        )
        step = 1_000_000
        for begin in range(0, rows, step):
            count = min(step, rows - begin)
            lab.sql(
                f"""USE ne_00001; INSERT INTO mixed SELECT {begin}+seq, seq % 97,
                '2020-01-01' + INTERVAL seq MINUTE,
                FROM_UNIXTIME(1600000000 + seq), ELT(1 + seq % 4, '新規', '出荷', '入金', '取消'),
                CONCAT('山田 太郎 ', seq % 100003), seq % 100000 / 100, seq / 7, seq % 12,
                IF(seq % 3 = 0, NULL, CONCAT('備考 ', MD5(seq))) FROM seq_1_to_{count}"""
            )
    folder = fresh_project(lab)
    text = (folder / "suikei.yaml").read_text()
    (folder / "suikei.yaml").write_text(
        text.replace("table: '(?P<logical>.+)'", "table: '(?P<logical>mixed)'")
    )
    seconds, cpu, peak, said = run([SUIKEI, "collect", "--json", "--project", folder])
    report = json.loads(said.strip().splitlines()[-1])
    files = sorted((folder / "data").rglob("*.parquet"))
    source = f"read_parquet([{','.join(repr(str(file)) for file in files)}])"
    copy = (
        f"COPY (SELECT * FROM {source}) TO '{folder}/again.parquet' "
        "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
    )
    count = f"SELECT count(*), sum(length(note)), sum(id), sum(amount), max(customer) FROM {source}"
    _, write_cpu, _, _ = run([SUIKEI, "sql", "--write", copy, "--project", folder])
    _, read_cpu, _, _ = run([SUIKEI, "sql", count, "--project", folder])
    out("### One big table\n")
    out(
        f"{report['rows_read']:,} rows of ten mixed columns, "
        f"{report['bytes_read'] / 1e9:.2f} GB from the server\n"
    )
    out("| figure | value |\n|---|---|")
    out(f"| seconds | {seconds:.1f} |\n| CPU seconds of suikei | {cpu:.1f} |")
    out(f"| **rows per CPU second** | **{report['rows_read'] / cpu / 1e6:.2f} M** (goal 0.45 M) |")
    out(
        f"| the engine alone: read that Parquet and write it again, CPU s (read alone) | "
        f"{write_cpu:.1f} ({read_cpu:.1f}) |"
    )
    out(f"| peak memory (MB) | {peak / 1024:.0f} |\n")


def memory_slope(folder, out):
    points = []
    for tenants in (500, 1000, 2000):
        lab = Lab(Path(folder) / f"slope{tenants}", tenants, 60, "socket")
        _, _, peak, report = collect(lab)
        points.append((report["tables_total"], peak))
        subprocess.run(
            [str(SUIKEI), "lab", "down", "--remove", "--dir", str(lab.folder / "lab")],
            stdout=subprocess.DEVNULL,
        )
    slope = (points[-1][1] - points[0][1]) * 1024 / (points[-1][0] - points[0][0])
    out("### Memory\n\n| tables | peak MB |\n|---|---|")
    for tables, peak in points:
        out(f"| {tables:,} | {peak / 1024:.0f} |")
    out(f"\nslope {slope:.0f} bytes a table (goal 200)\n")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "part", nargs="?", default="warm", choices=["warm", "cold", "latency", "table", "memory", "all"]
    )
    parser.add_argument("--folder", default="/tmp/suikei_bench", help="where labs live between runs")
    parser.add_argument("--tenants", type=int, default=2000)
    parser.add_argument("--tables", type=int, default=60, help="kinds of tables per tenant")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=20_000_000, help="of the big table")
    parser.add_argument("--transport", default="socket", choices=["socket", "tcp"])
    parser.add_argument("--record", action="store_true", help="append to bench/RESULTS.md")
    options = parser.parse_args()
    lines = []

    def out(line):
        print(line, flush=True)
        lines.append(line)

    out(f"## bench collect {options.part}, {datetime.date.today()}\n")
    out(
        f"{os.cpu_count()} cores shared by server and client, {platform.system()} {platform.release()}, "
        f"open files at most {resource.getrlimit(resource.RLIMIT_NOFILE)[1]:,}\n"
    )
    wants = lambda part: options.part in (part, "all")
    if wants("warm") or wants("cold") or wants("latency"):
        lab = Lab(
            Path(options.folder) / f"{options.tenants}x{options.tables}",
            options.tenants,
            options.tables,
            options.transport,
        )
        caches = lab.sql("SELECT @@table_open_cache, @@innodb_open_files").split()
        out(
            f"table_open_cache {int(caches[0]):,}, innodb_open_files {int(caches[1]):,}; "
            f"lab ready after {lab.seconds:.0f} s\n"
        )
        if wants("warm"):
            ratio_rounds(lab, options.rounds, "Warm", out)
        if wants("latency"):
            latency(lab, out)
        if wants("cold"):
            ratio_rounds(
                lab,
                options.rounds,
                "Cold: server stopped, caches dropped, both sides each round",
                out,
                cold=True,
            )
    if wants("table"):
        one_table(Path(options.folder) / "one", options.rows, out)
    if wants("memory"):
        memory_slope(options.folder, out)
    if options.record:
        with open(ROOT / "bench" / "RESULTS.md", "a") as file:
            file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
