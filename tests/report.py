"""Runs ctest and says what a person wants to know: progress, every failure in full, one line at the end.

usage: report.py ctest OPTION…
The last line is `N passed, N failed`, followed by `, N skipped` when something was skipped; a suite of unit
tests counts as one test.
"""
import re
import subprocess
import sys
import time

STARTED = re.compile(r"^ +Start +\d+: ")
ENDED = re.compile(r"^ *(\d+)/(\d+) Test +#\d+: (\S+) \.*\s*(\**)(.*?) +[\d.]+ sec")
PROGRESS_SECONDS = 10


def main():
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    live = sys.stdout.isatty()
    said_at = time.monotonic()
    process = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True, errors="replace")
    try:
        for line in process.stdout:
            ended = ENDED.match(line)
            if STARTED.match(line) or line.startswith(("Internal ctest", "Test project")):
                continue
            if not ended:
                if live:
                    sys.stdout.write("\r\x1b[K")
                sys.stdout.write(line)
                sys.stdout.flush()
                continue
            done, total, name, _, outcome = ended.groups()
            outcome = {"Passed": "passed", "Skipped": "skipped"}.get(outcome, "failed")
            counts[outcome] += 1
            if outcome != "passed":
                sys.stdout.write(("\r\x1b[K" if live else "") + line)
            elif live:
                sys.stdout.write(f"\r\x1b[Ktest   {done}/{total} {name}")
            elif time.monotonic() - said_at >= PROGRESS_SECONDS:
                said_at = time.monotonic()
                sys.stdout.write(f"test   {done}/{total}, {counts['failed']} failed so far\n")
            sys.stdout.flush()
    except KeyboardInterrupt:
        process.wait()
        return 130
    code = process.wait()
    if live:
        sys.stdout.write("\r\x1b[K")
    summary = f"{counts['passed']} passed, {counts['failed']} failed"
    if counts["skipped"]:
        summary += f", {counts['skipped']} skipped"
    print(summary, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
