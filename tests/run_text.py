"""Runs one text test: commands and what they print, in a file that a person can read.

    servers: mariadb mysql8            optional: run once per server, which is then in $SERVER
    serial: yes                        optional: never beside another test
    timeout: 300                       optional: seconds for the whole file (540)

    # Prose. Then a command, what it prints (both streams), and its exit code when that is not 0.
    $ suikei collect --project lab
    collected <n> of <n> tables, <any>
    ...
    [1]

All commands of a file run in one bash, in a folder of their own ($DIR, shown as `$DIR` in what they print).
It is removed afterwards with every process they left. prelude.sh beside this file has functions for them.
A command goes on in the next line after `> `. Blank lines around a block do not count.
`...` stands for any number of lines; <any> for any text, <n> for a number such as 1,234 or 1.9 M, <s> for a
time such as 0.4 s or 1 m 15 s, <id> for one word. A line of output that would read as something else has a
backslash in front.

usage: run_text.py [--program bin/suikei] [--server NAME] [--update] [--keep] FILE
--update (or SUIKEI_UPDATE=1) writes what was printed into the file; lines whose wildcards still match stay.
--keep (or KEEP=1) leaves the folder. Exit: 0 as expected, 1 not, 77 skipped.
"""
import argparse
import difflib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TIMEOUT_SECONDS = 540  # below ctest's own, so that we are the ones who clean up
HERE = os.path.dirname(os.path.abspath(__file__))
HEADER = re.compile(r"^(servers|serial|timeout): (.*)$")
SPECIAL = re.compile(r"^(\$ |> |# |#$|\\|\[\d+\]$|\.\.\.$)")
WILDCARDS = {
    "<any>": r".*?",
    "<n>": r"\d[\d,]*(?:\.\d+)?(?: [kMGT]\b)?",
    "<s>": r"(?:\d+ h \d+ m|\d+ m \d+ s|\d[\d,]*(?:\.\d+)? (?:ms|s|m|h))",
    "<id>": r"[A-Za-z0-9][\w.:-]*",
}


class Step:
    """A command with the lines around it."""

    def __init__(self, prose):
        self.prose = prose  # lines before it, as they stand
        self.command = []  # lines, without their marks
        self.expected = []  # lines, as they stand

    def render(self, expected):
        marks = ["$ " + self.command[0]] + ["> " + line for line in self.command[1:]]
        return self.prose + marks + expected


def parse(lines):
    """Header, steps, and the lines after the last step."""
    header, steps, prose, at = {}, [], [], 0
    while at < len(lines) and HEADER.match(lines[at]):
        key, value = HEADER.match(lines[at]).groups()
        header[key] = value
        prose.append(lines[at])
        at += 1
    step = None  # the one that output belongs to
    for number, line in enumerate(lines[at:], at + 1):
        if line.startswith(("$ ", "# ")) or line == "#":
            while step and step.expected and not step.expected[-1].strip():
                prose.insert(0, step.expected.pop())
            step = None
            if line.startswith("$ "):
                step = Step(prose)
                step.command.append(line[2:])
                steps.append(step)
                prose = []
            else:
                prose.append(line)
        elif step and line.startswith("> ") and not step.expected:
            step.command.append(line[2:])
        elif step:
            step.expected.append(line)
        elif line.strip():
            sys.exit(f"line {number}: neither prose (`# …`) nor a command (`$ …`): {line}")
        else:
            prose.append(line)
    return header, steps, prose


def pattern(line):
    parts = re.split("(" + "|".join(WILDCARDS) + ")", line)
    return re.compile("".join(WILDCARDS.get(part) or re.escape(part) for part in parts))


def reconcile(expected, actual):
    """`actual`, with lines of `expected` in place of those that they match: equal to `expected` on success.

    The cheapest alignment: a line that matches costs nothing, a new line 2, a changed one 3, a lost one 4;
    `...` takes any number of lines.
    """
    patterns = [None if line == "..." else pattern(line) for line in expected]
    rows, columns = len(expected), len(actual)
    cost = [[0] * (columns + 1) for _ in range(rows + 1)]
    step = [[""] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows, -1, -1):
        for j in range(columns, -1, -1):
            options = []
            if i < rows and patterns[i] is None:
                options.append((cost[i + 1][j], "close"))
                if j < columns:
                    options.append((cost[i][j + 1], "swallow"))
            elif i < rows:
                if j < columns and patterns[i].fullmatch(actual[j]):
                    options.append((cost[i + 1][j + 1], "match"))
                elif j < columns:
                    options.append((cost[i + 1][j + 1] + 3, "changed"))
                options.append((cost[i + 1][j] + 4, "lost"))
            if j < columns:
                options.append((cost[i][j + 1] + 2, "new"))
            cost[i][j], step[i][j] = min(options, default=(0, ""))
    result, i, j = [], 0, 0
    while i < rows or j < columns:
        move = step[i][j]
        if move in ("match", "close"):
            result.append(expected[i])
        elif move in ("new", "changed"):
            result.append(actual[j])
        i += move in ("match", "close", "lost", "changed")
        j += move in ("match", "swallow", "new", "changed")
    return result


def script_for(steps, mark):
    """One bash for all commands; after each a line with its number and exit code."""
    lines = [f". {shlex.quote(os.path.join(HERE, 'prelude.sh'))}"]
    for number, step in enumerate(steps):
        command = shlex.quote("\n".join(step.command))
        lines.append(f"eval {command} </dev/null 2>&1; printf '\\n%s %d %d\\n' {mark} {number} $?")
    return "\n".join(lines) + "\n"


def outputs(text, mark, count):
    """Lines that each step printed, with the exit code as the last one."""
    result, rest, ended_early = [], text, False
    for number in range(count):
        ended = re.search(rf"\n{mark} {number} (\d+)\n", rest)
        printed = rest[: ended.start()] if ended else rest
        lines = printed.rstrip().split("\n") if printed.strip() else []
        while lines and not lines[0].strip():
            lines.pop(0)
        lines = [("\\" + line if SPECIAL.match(line) else line).rstrip() for line in lines]
        if ended and ended.group(1) != "0":
            lines.append(f"[{ended.group(1)}]")
        if not ended:
            lines.append("[not reached]" if ended_early else "[ended here]")
            ended_early = True
        result.append(lines)
        rest = rest[ended.end():] if ended else ""
    return result


def processes_of(folder):
    """Everything that was started, however deep: the folder stands in its environment."""
    wanted = b"SUIKEI_TEST_FOLDER=" + folder.encode()
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as environment:
                if wanted in environment.read().split(b"\0") and int(pid) != os.getpid():
                    found.append(int(pid))
        except OSError:
            pass
    return found


def clean_up(folder, environment, keep):
    for place, _, files in os.walk(folder):
        if "lab.json" in files:
            subprocess.run(["suikei", "lab", "down", "--dir", place], env=environment, cwd=folder, timeout=60,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    for last in (signal.SIGTERM, signal.SIGKILL):
        for pid in processes_of(folder):
            try:
                os.kill(pid, last)
            except ProcessLookupError:
                pass
        ends_at = time.monotonic() + 5
        while processes_of(folder) and time.monotonic() < ends_at:
            time.sleep(0.05)
    if keep:
        print(f"kept: {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)


def environment_for(arguments, folder):
    environment = dict(os.environ)
    for name in ("SUIKEI_FAULT", "SUIKEI_FAULT_TRACE", "SUIKEI_UPDATE"):
        environment.pop(name, None)
    home = environment.get("HOME") or "/tmp"
    environment.setdefault("XDG_CACHE_HOME", os.path.join(home, ".cache"))
    program = os.path.abspath(arguments.program)
    environment.update(
        HOME=folder, DIR=folder, SUIKEI_TEST_FOLDER=folder, TESTS=HERE, SUIKEI=program,
        SERVER=arguments.server, SUIKEI_TEST_SERVER=arguments.server,
        PATH=os.path.dirname(program) + os.pathsep + environment.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
        LC_ALL="C.UTF-8", TZ="UTC", NO_COLOR="1", COLUMNS="120")
    return environment


def run(steps, arguments, timeout):
    """What each step printed, and the exit code of the bash (None: it took too long)."""
    folder = tempfile.mkdtemp(prefix="suikei.")  # short: paths of sockets end at 107 bytes
    environment = environment_for(arguments, folder)
    mark = "ended-" + os.urandom(6).hex()
    output_path = folder + ".out"
    try:
        with open(output_path, "w+b") as output:
            bash = subprocess.Popen(["bash", "--noprofile", "--norc", "-c", script_for(steps, mark)],
                                    cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                    stdout=output, stderr=output, start_new_session=True)
            try:
                code = bash.wait(timeout)
            except subprocess.TimeoutExpired:
                code = None
            output.seek(0)
            text = output.read().decode(errors="replace")
    finally:
        os.remove(output_path)
        clean_up(folder, environment, arguments.keep)
    return outputs(text.replace(folder, "$DIR"), mark, len(steps)), code


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--program", default=os.path.join(HERE, "..", "bin", "suikei"))
    parser.add_argument("--server", default="mariadb")
    parser.add_argument("--update", action="store_true", default=bool(os.environ.get("SUIKEI_UPDATE")))
    parser.add_argument("--keep", action="store_true", default=bool(os.environ.get("KEEP")))
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    with open(arguments.file, encoding="utf-8") as file:
        before = file.read().rstrip("\n").split("\n")
    header, steps, tail = parse(before)
    timeout = float(header.get("timeout", TIMEOUT_SECONDS))
    printed, code = run(steps, arguments, timeout)
    if code == 77:
        print(next(lines[-2] for lines in printed if lines[-1:] == ["[ended here]"]))
        return 77
    after = []
    for step, lines in zip(steps, printed):
        after += step.render(reconcile(step.expected, lines))
    after += tail
    if code is None:
        print(f"{arguments.file}: stopped after {timeout:.0f} s")
    elif after == before:
        return 0
    elif arguments.update:
        with open(arguments.file, "w", encoding="utf-8") as file:
            file.write("\n".join(after) + "\n")
        print(f"updated {arguments.file}")
        return 0
    name = os.path.relpath(arguments.file)
    print("\n".join(difflib.unified_diff(before, after, name, "what it printed", lineterm="", n=4)))
    return 1


if __name__ == "__main__":
    sys.exit(main())
