"""The text runner, tried on small files of its own."""
import os
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import run_text  # noqa: E402


class Reconcile(unittest.TestCase):
    def check(self, expected, actual, result=None):
        self.assertEqual(run_text.reconcile(expected, actual), expected if result is None else result)

    def test_wildcards_stand_for_what_they_say(self):
        self.check(["<n> tables in <s>, run <id>: <any>"], ["1,234 tables in 0.4 s, run 2026-01-02.mf: good"])
        self.check(["<n> rows, <s>"], ["1.9 M rows, 1 m 15 s"])

    def test_a_line_that_no_longer_matches_is_replaced(self):
        self.check(["<n> tables"], ["no tables"], ["no tables"])

    def test_dots_stand_for_any_number_of_lines(self):
        self.check(["first", "...", "last"], ["first", "last"])
        self.check(["first", "...", "last"], ["first", "x", "y", "last"])
        self.check(["...", "last"], ["x", "end"], ["...", "end"])

    def test_lines_around_a_changed_one_keep_their_wildcards(self):
        self.check(["<n> a", "b", "<n> c"], ["1 a", "B", "2 c"], ["<n> a", "B", "<n> c"])
        self.check(["<n> a", "<n> c"], ["1 a", "new", "2 c"], ["<n> a", "new", "<n> c"])


class Run(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "case.txt")

    def tearDown(self):
        self.folder.cleanup()

    def run_file(self, text, *options):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(text)
        command = [sys.executable, os.path.join(HERE, "run_text.py"), *options, self.path]
        environment = dict(os.environ, SUIKEI_UPDATE="", KEEP="")
        return subprocess.run(command, env=environment, text=True, capture_output=True, check=False)

    def content(self):
        with open(self.path, encoding="utf-8") as file:
            return file.read()

    def test_state_goes_from_command_to_command(self):
        text = "# Prose.\n$ mkdir a && cd a && x=1\n$ echo $x; basename $PWD\n1\na\n\n$ (exit 3)\n[3]\n"
        done = self.run_file(text)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_both_streams_and_continued_lines(self):
        done = self.run_file("$ for i in 1 2\n> do echo $i >&2; done\n1\n2\n")
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_a_difference_fails_and_is_shown(self):
        done = self.run_file("$ echo b\na\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("-a\n+b\n", done.stdout)

    def test_update_rewrites_what_differs_only(self):
        text = "servers: a b\n\n# One.\n$ echo 12 rows\n<n> rows\n\n$ echo b; exit 4\na\n\n# End.\n"
        self.assertEqual(self.run_file(text, "--update").returncode, 0)
        self.assertEqual(self.content(), text.replace("\na\n", "\nb\n[ended here]\n"))

    def test_output_that_looks_like_a_mark_is_escaped(self):
        text = "$ printf '# no prose\\n[1]\\n...\\n'\n"
        self.run_file(text, "--update")
        self.assertEqual(self.content(), text + "\\# no prose\n\\[1]\n\\...\n")
        self.assertEqual(self.run_file(self.content()).returncode, 0)

    def test_exit_codes_of_failing_and_hanging_files(self):
        self.assertEqual(self.run_file("$ skip no server\n").returncode, 77)
        done = self.run_file("timeout: 1\n$ sleep 60\n")
        self.assertEqual((done.returncode, "stopped after 1 s" in done.stdout), (1, True))

    def test_nothing_that_was_started_stays(self):
        began = time.monotonic()
        mark = f"sleep 300.{os.getpid()}"  # of this test alone, whoever else runs it
        done = self.run_file(f"$ setsid {mark} & setsid {mark} >/dev/null &\n$ pwd\n$DIR\n")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertLess(time.monotonic() - began, 290)  # it did not wait for them
        # A killed process may take its time to go where much else runs.
        while (left := self.running(mark)) and time.monotonic() - began < 60:
            time.sleep(0.1)
        self.assertEqual(left, b"")

    @staticmethod
    def running(mark):
        return subprocess.run(["pgrep", "-f", mark], capture_output=True, check=False).stdout


if __name__ == "__main__":
    unittest.main()
