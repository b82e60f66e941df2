"""The rules of CONTRIBUTING.md that a machine can check, in about a second. Prints `file:line: rule: what`.

What breaks a rule for a good reason stands in exceptions.txt beside this file, which may only shrink: an
exception that is no longer needed is reported as well. usage: tidy.py [ROOT]
"""
import collections
import glob
import os
import re
import shutil
import subprocess
import sys

LINE_CHARACTERS_MAX = 110
FILE_LINES_MAX = 600
CLANG_FORMAT_MAJOR = "14"  # Debian 12; another version lays out differently

# The header through which others use a module of level 2 and above, where it is not <module>/<module>.h.
FRONTS = {
    "sources": {"sources/source.h", "sources/all_sources.h"},
    "lakes": {"lakes/lake.h", "lakes/all_lakes.h"},
}
# A library's headers, and the one place that includes them.
THIRD_PARTY = [
    (r"(mysql|mariadb)/.*|mysql\.h|errmsg\.h|mysqld_error\.h", "sources/mysql/"),
    (r"duckdb\.h|duckdb/.*", "engine/"),
    (r"sqlite3\.h", "io/"),
    (r"openssl/.*", "io/"),
    (r"yaml-cpp/.*", "config/"),
    (r"re2/.*", "config/"),
    (r"nlohmann/.*", "base/"),
    (r"fmt/.*", "base/"),
    (r"CLI/.*", "cli/"),
]
TEST_FILE = re.compile(r"(_test\.cc|_conformance\.(h|cc))$")
SYSTEM = re.compile(r"(sys|netinet|arpa|linux|net)/.*")
# Folders that hold one connector each, and the list in which it stands.
CONNECTORS = {"sources": "all_sources.cc", "lakes": "all_lakes.cc"}
# The lab starts servers and writes project files, so it names what it starts.
MAY_NAME_CONNECTORS = re.compile(r"src/(lab/.*|cli/commands/lab\.cc)$")
BANNED_NAMES = re.compile(r"(^|_)(utils?|helpers?|manager|misc|common)(_|\.|$)")

TOKENS = re.compile(r"""//[^\n]* | /\*.*?\*/ | R"(?P<mark>\w*~?)\(.*?\)(?P=mark)"
                        | "(?:\\.|[^"\\\n])*" | (?<!\d)'(?:\\.|[^'\\\n])+'""", re.S | re.X)

Finding = collections.namedtuple("Finding", "file line rule what")


class Tree:
    """The repository as the rules see it."""

    def __init__(self, root):
        self.root = root
        self.files = self.list_files()
        self.modules = self.read_modules()
        self._text = {}

    def list_files(self):
        """Files that git knows or would add, so that build output never counts."""
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = None
        if shutil.which("git"):
            listed = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)
        if listed and listed.returncode == 0:
            names = listed.stdout.split("\0")
        else:
            names = [os.path.relpath(os.path.join(place, name), self.root)
                     for place, _, names in os.walk(self.root) for name in names]
        hidden = re.compile(r"(bin|lib|build|demo|\.git)/|.*/__pycache__/")
        return sorted(name for name in set(names)
                      if name and not hidden.match(name) and os.path.isfile(os.path.join(self.root, name)))

    def read_modules(self):
        """name -> (level, modules it uses), from the lines of src/CMakeLists.txt."""
        modules = {}
        path = os.path.join(self.root, "src/CMakeLists.txt")
        if not os.path.exists(path):
            return modules
        with open(path, encoding="utf-8") as file:
            text = re.sub(r"#.*", "", file.read())
        for name, level, uses in re.findall(r"suikei_module\(\s*(\w+)\s+LEVEL\s+(\d+)\s+USES([^)]*)\)", text):
            modules[name] = (int(level), uses.split("LIBRARIES")[0].split())
        return modules

    def text(self, name):
        if name not in self._text:
            with open(os.path.join(self.root, name), encoding="utf-8", errors="replace") as file:
                self._text[name] = file.read()
        return self._text[name]

    def lines(self, name):
        return enumerate(self.text(name).split("\n"), 1)

    def sources(self):
        return [name for name in self.files if name.startswith("src/") and name.endswith((".cc", ".h"))]

    def uses(self, module):
        """All modules that `module` may include: those it names and those they name."""
        found, left = set(), list(self.modules.get(module, (0, []))[1])
        while left:
            name = left.pop()
            if name not in found:
                found.add(name)
                left += self.modules.get(name, (0, []))[1]
        return found


def module_of(name):
    """src/collect/plan.cc -> collect; src/main.cc -> main."""
    parts = name.split("/")
    return parts[1] if len(parts) > 2 else "main"


def without_comments(text, keep_strings=True):
    """The code alone; comments (and what strings hold) become blanks, so positions stay."""
    def blank(match):
        kept = match.group(0)
        if kept.startswith("/") or not keep_strings:
            return re.sub(r"[^\n]", " ", kept)
        return kept
    return TOKENS.sub(blank, text)


def line_at(text, position):
    return text.count("\n", 0, position) + 1


def check_module_table(tree):
    table = "src/CMakeLists.txt"
    for name, (level, uses) in tree.modules.items():
        for used in uses:
            if used not in tree.modules:
                yield Finding(table, 1, "levels", f"{name} uses {used}, which has no suikei_module line")
            elif tree.modules[used][0] >= level:
                yield Finding(table, 1, "levels",
                              f"{name} (level {level}) uses {used} (level {tree.modules[used][0]})")
    for name in sorted({module_of(name) for name in tree.sources()} - set(tree.modules) - {"main"}):
        yield Finding(table, 1, "levels", f"src/{name} has no suikei_module line")


def check_includes(tree):
    included = collections.defaultdict(set)
    for name in tree.sources():
        own = module_of(name)
        for number, line in tree.lines(name):
            match = re.match(r'\s*#include\s+(?:"([^"]+)"|<([^>]+)>)', line)
            if not match:
                continue
            ours, theirs = match.groups()
            if theirs:
                yield from third_party(name, number, theirs)
                continue
            target = ours.split("/")[0]
            if target not in tree.modules and not os.path.isdir(os.path.join(tree.root, "src", target)):
                yield Finding(name, number, "includes", f'"{ours}" is not <module>/<file>')
                continue
            included[own].add(target)
            if target != own and own in tree.modules and target in tree.modules:
                yield from foreign(tree, name, number, own, ours)
    for name, (_, uses) in tree.modules.items():
        for used in uses:
            if used not in included[name] and included[name]:
                what = f"{name} USES {used} and includes nothing of it"
                yield Finding("src/CMakeLists.txt", 1, "levels", what)


def foreign(tree, name, number, own, header):
    """An include of another module's header."""
    target = header.split("/")[0]
    level, target_level = tree.modules[own][0], tree.modules[target][0]
    if TEST_FILE.search(name) and target == "lab":
        return  # tests may start servers
    if target_level >= level:
        yield Finding(name, number, "levels", f"{own} ({level}) includes {header} ({target_level})")
    elif target not in tree.uses(own):
        yield Finding(name, number, "levels", f"{own} includes {header} but does not say USES {target}")
    if target_level >= 2 and header not in FRONTS.get(target, {f"{target}/{target}.h"}):
        yield Finding(name, number, "front header", f"{header} belongs to {target} alone")


def third_party(name, number, header):
    if re.match(r"(gtest|gmock)/", header):
        if TEST_FILE.search(name):
            return []
        return [Finding(name, number, "third-party header", f"{header} in a file that is not a test")]
    for pattern, home in THIRD_PARTY:
        if re.fullmatch(pattern, header):
            if name.startswith("src/" + home):
                return []
            return [Finding(name, number, "third-party header", f"{header} is included by src/{home} alone")]
    if "/" in header and not SYSTEM.match(header):
        return [Finding(name, number, "third-party header", f"{header} has no home in tests/tidy/tidy.py")]
    return []


def check_connectors(tree):
    for folder, listing in CONNECTORS.items():
        inside = [name.split("/") for name in tree.files if name.startswith(f"src/{folder}/")]
        connectors = {parts[2] for parts in inside if len(parts) > 3}
        listing = f"src/{folder}/{listing}"
        for connector in sorted(connectors):
            if listing in tree.files and connector not in tree.text(listing):
                yield Finding(listing, 1, "connectors", f"{connector} is not in the list")
            for name in tree.sources():
                if f"/{connector}/" in name or name == listing or MAY_NAME_CONNECTORS.match(name):
                    continue
                code = without_comments(tree.text(name))
                for match in re.finditer(connector, code, re.I):
                    yield Finding(name, line_at(code, match.start()), "connector name",
                                  f"{match.group(0)} is named outside its folder")


def check_commands(tree):
    listing = "src/cli/all_commands.cc"
    for name in tree.sources():
        match = re.match(r"src/cli/commands/(\w+)\.cc$", name)
        if match and listing in tree.files and match.group(1) not in tree.text(listing):
            yield Finding(listing, 1, "commands", f"{match.group(1)} is not in the list")


def check_words(tree):
    for name in tree.files:
        for part in name.split("/"):
            if BANNED_NAMES.search(part):
                yield Finding(name, 1, "banned name", f"{part} says nothing about what is inside")
    for name in tree.sources():
        for number, line in tree.lines(name):
            if "FIXME" in line:
                yield Finding(name, number, "banned word", "FIXME: fix it, or TODO with a condition")
            if "std::cout" in line and module_of(name) not in ("cli", "main"):
                yield Finding(name, number, "banned word", "std::cout below cli: return what is to be said")


def check_sizes(tree):
    for name in tree.files:
        if not name.endswith((".cc", ".h", ".py", ".sh", ".cmake", "CMakeLists.txt")) and name != "dev":
            continue
        count = 0
        for count, line in tree.lines(name):
            if len(line) > LINE_CHARACTERS_MAX:
                yield Finding(name, count, "long line", f"{len(line)} of {LINE_CHARACTERS_MAX} characters")
        if count > FILE_LINES_MAX + 1:
            yield Finding(name, count, "long file", f"{count - 1} lines, at most {FILE_LINES_MAX}")


def check_header_comments(tree):
    for name in tree.sources():
        first = f"// {os.path.basename(name)} — "
        if name.endswith(".h") and not tree.text(name).startswith(first):
            yield Finding(name, 1, "header comment", f"begins with `{first}` and what it is in a line")


def check_documents(tree):
    """Paths in backticks, and targets of links, exist."""
    top = {name.split("/")[0] for name in tree.files}
    names = {os.path.basename(name) for name in tree.files}
    for name in tree.files:
        if not name.endswith(".md"):
            continue
        fenced = False
        for number, line in tree.lines(name):
            fenced ^= line.startswith("```")
            if fenced:
                continue
            for word in re.findall(r"`([^`]+)`", line):
                if not path_exists(tree, top, names, word):
                    yield Finding(name, number, "dead path", word)
            for link in re.findall(r"\]\(([^)#:\s]+)[^):]*\)", line):
                if not os.path.exists(os.path.join(tree.root, os.path.dirname(name), link)):
                    yield Finding(name, number, "dead path", link)


def check_references(tree):
    """Pages that the code refers to exist."""
    for name in tree.sources() + ["dev"]:
        for number, line in tree.lines(name) if name in tree.files else ():
            for page in re.findall(r"\b(?:docs/[\w/.-]+|[A-Z]+)\.md\b", line):
                if page not in tree.files:
                    yield Finding(name, number, "dead path", page)


def path_exists(tree, top, names, word):
    """True as well for what is no path of this repository."""
    word = re.sub(r"^\./", "", word).rstrip("/")
    if not re.fullmatch(r"[\w.*-]+(/[\w.*-]+)*", word):
        return True
    first = word.split("/")[0]
    if "/" not in word:
        ours = re.search(r"\.(md|cc|cmake|py)$", word) and "*" not in word  # .h may be a library's
        return not ours or word in names
    if first in tree.modules:
        word = "src/" + word
    elif first not in top or first in ("bin", "lib", "build", "demo"):
        return True
    return bool(glob.glob(os.path.join(glob.escape(tree.root), word)))


DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.M)


def check_try(tree):
    """g++ 12 leaks what a braced list has built when TRY returns from inside it; elsewhere nothing leaks."""
    for name in tree.sources():
        code = without_comments(tree.text(name), keep_strings=False)
        code = DIRECTIVE.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), code)
        for match in re.finditer(r"\bTRY\(", code):
            if in_braced_list(code, match.start()):
                line = line_at(code, match.start())
                yield Finding(name, line, "TRY", "not inside a braced list: g++ 12 leaks the other parts")


# What stands before a block's brace: a condition, parameters, a capture, a statement's end, a return type.
BLOCK_BEFORE = re.compile(r"([){};:\]] | \b(else|do|try|const|noexcept|override|mutable)"
                          r" | \)[\s\w]*->[\s\w:<>,*&]+)$", re.X)


def in_braced_list(code, position):
    """Whether a brace that is open at `position`, up to the next block, belongs to a list of values."""
    closed = 0
    for at in range(position - 1, -1, -1):
        if code[at] in ")}]":
            closed += 1
        elif code[at] in "({[" and closed:
            closed -= 1
        elif code[at] == ";" and not closed:
            return False
        elif code[at] == "{":
            before = code[max(0, at - 200):at].rstrip()
            return not BLOCK_BEFORE.search(before)
    return False


def check_layout(tree):
    if not shutil.which("clang-format"):
        return
    version = subprocess.run(["clang-format", "--version"], stdout=subprocess.PIPE, text=True, check=False)
    if f"version {CLANG_FORMAT_MAJOR}." not in version.stdout:
        return
    files = [name for name in tree.files if re.match(r"(src|tests|bench)/.*\.(cc|h)$", name)]
    command = ["clang-format", "--dry-run", "--ferror-limit=1"]
    running = [subprocess.Popen(command + files[part::2], cwd=tree.root, stderr=subprocess.PIPE, text=True)
               for part in range(2) if files[part::2]]
    for process in running:
        _, said = process.communicate()
        for name, number in re.findall(r"^([^:\n]+):(\d+):\d+: \w+: code should be", said, re.M):
            yield Finding(name, int(number), "layout", "run ./dev fmt")


CHECKS = [check_module_table, check_includes, check_connectors, check_commands, check_words, check_sizes,
          check_header_comments, check_documents, check_references, check_try, check_layout]
EXCEPTIONS = "tests/tidy/exceptions.txt"


def read_exceptions(tree):
    """(file, rule) -> line; a line is `file: rule`, what follows # is the reason."""
    exceptions = {}
    if EXCEPTIONS in tree.files:
        for number, line in tree.lines(EXCEPTIONS):
            line = line.split("#")[0].strip()
            if line:
                file, _, rule = line.partition(": ")
                exceptions[file, rule.strip()] = number
    return exceptions


def findings(root, checks):
    tree = Tree(root)
    found = [finding for check in checks for finding in check(tree)]
    exceptions = read_exceptions(tree)
    broken = {(finding.file, finding.rule) for finding in found}
    result = [finding for finding in found if (finding.file, finding.rule) not in exceptions]
    result += [Finding(EXCEPTIONS, number, "exceptions", f"no longer needed: {file}: {rule}")
               for (file, rule), number in exceptions.items() if (file, rule) not in broken]
    return sorted(set(result))


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "../..")
    found = findings(os.path.abspath(root), CHECKS)
    for finding in found:
        print(f"{finding.file}:{finding.line}: {finding.rule}: {finding.what}")
    if found:
        print(f"tidy: {len(found)} broken rules")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
