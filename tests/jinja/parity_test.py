"""Renders the templates of this folder with Jinja2 and with Suikei, and compares to the byte.

Beside `name.j2` stands its context `name.json`, if it needs one. Templates in errors/ are wrong: both engines
have to refuse them, and Suikei has to name the line that a comment in them says, `{# line 3 #}`.
usage: parity_test.py PROGRAM (suikei_render_folder), with Jinja2 in the cache as `dev setup` left it
"""
import difflib
import glob
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
SKIPPED = 77


def load_jinja():
    sys.path.insert(0, os.path.join(CACHE, "suikei", "jinja2"))
    try:
        import jinja2
    except ImportError:
        print("skipped: Jinja2 is not in the cache; run ./dev setup --all")
        sys.exit(SKIPPED)
    if jinja2.__version__ != "3.1.6":
        print(f"skipped: this is Jinja2 {jinja2.__version__}, not 3.1.6")
        sys.exit(SKIPPED)
    return jinja2


def environment(jinja2, folder):
    return jinja2.Environment(loader=jinja2.FileSystemLoader(folder), undefined=jinja2.StrictUndefined,
                              extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"], autoescape=False)


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def expected(env, folder):
    """name -> text, or None where Jinja2 refuses."""
    texts = {}
    for path in sorted(glob.glob(os.path.join(folder, "*.j2"))):
        context = path[:-3] + ".json"
        variables = json.loads(read(context)) if os.path.exists(context) else {}
        name = os.path.basename(path)
        try:
            texts[name] = env.get_template(name).render(variables)
        except Exception as error:  # pylint: disable=broad-except
            texts[name] = None
            if "errors" not in folder:
                print(f"{name}: Jinja2 refuses it: {type(error).__name__}: {error}")
    return texts


def actual(program, folder):
    run = subprocess.run([program, folder], stdout=subprocess.PIPE, check=True)
    return json.loads(run.stdout)


def show_difference(name, wanted, seen):
    print(f"{name}: the output differs")
    lines = difflib.unified_diff(wanted.splitlines(), seen.splitlines(), "jinja2", "suikei", lineterm="", n=1)
    for line in lines:
        print("   " + repr(line)[1:-1])


def compare(jinja2, program):
    wanted, seen = expected(environment(jinja2, HERE), HERE), actual(program, HERE)
    failures = 0
    for name, text in wanted.items():
        if text is None or seen[name].get("text") == text:
            failures += text is None
            continue
        failures += 1
        if "error" in seen[name]:
            print(f"{name}: {seen[name]['error']}")
        else:
            show_difference(name, text, seen[name]["text"])
    return len(wanted), failures


def compare_errors(jinja2, program):
    folder = os.path.join(HERE, "errors")
    wanted, seen = expected(environment(jinja2, folder), folder), actual(program, folder)
    failures = 0
    for name, text in wanted.items():
        said = re.search(r"line (\d+)", read(os.path.join(folder, name)))
        if not said:
            continue  # a part of another
        line = said.group(1)
        error = seen[name].get("error")
        if text is not None:
            print(f"errors/{name}: Jinja2 takes it: {text!r}")
        elif error is None:
            print(f"errors/{name}: Suikei takes it: {seen[name]['text']!r}")
        elif not re.match(rf"{re.escape(name)}:{line}(:| \()", error):
            print(f"errors/{name}: line {line} was expected: {error}")
        else:
            continue
        failures += 1
    return len(wanted), failures


def main():
    jinja2 = load_jinja()
    total, failed = 0, 0
    for check in (compare, compare_errors):
        count, failures = check(jinja2, sys.argv[1])
        total, failed = total + count, failed + failures
    print(f"{total} templates, {failed} differ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
