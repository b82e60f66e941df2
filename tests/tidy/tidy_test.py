"""Every rule of tidy.py, broken once on purpose in a small tree."""
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tidy  # noqa: E402

MODULES = """
suikei_module(base LEVEL 0 USES LIBRARIES fmt::fmt)
suikei_module(io LEVEL 1 USES base)
suikei_module(ledger LEVEL 2 USES io)
suikei_module(sources LEVEL 3 USES io ledger)
suikei_module(collect LEVEL 4 USES sources)
suikei_module(share LEVEL 4 USES ledger)
"""
SOURCES = '#include "ledger/ledger.h"\n#include "io/files.h"\n'


class Rules(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.write("src/CMakeLists.txt", MODULES)
        self.write("src/io/io.cc", '#include "base/x.h"\n')
        self.write("src/base/x.h", "// x.h — x.\n")
        self.write("src/sources/all_sources.cc", SOURCES + "// mysql\n")
        self.write("src/sources/mysql/mysql_source.cc", "#include <mysql/mysql.h>\n")

    def tearDown(self):
        self.folder.cleanup()

    def write(self, name, text):
        path = os.path.join(self.folder.name, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def rules(self):
        checks = [check for check in tidy.CHECKS if check is not tidy.check_layout]
        return [(finding.file, finding.rule) for finding in tidy.findings(self.folder.name, checks)]

    def check(self, name, text, *rules):
        self.write(name, text)
        self.assertEqual(self.rules(), [(name, rule) for rule in rules])

    def test_a_clean_tree_is_clean(self):
        self.assertEqual(self.rules(), [])

    def test_a_module_includes_lower_levels_that_it_uses(self):
        collect = '#include "sources/source.h"\n'
        self.check("src/collect/collect.cc", collect)
        self.check("src/collect/collect.cc", collect + '#include "ledger/ledger.h"\n')  # through sources
        self.check("src/collect/collect.cc", collect + '#include "share/share.h"\n', "levels")
        self.check("src/collect/collect.cc", collect + '#include "files.h"\n', "includes")

    def test_what_a_module_uses_it_includes(self):
        self.write("src/share/share.cc", '#include "share/share.h"\n')
        self.assertEqual(self.rules(), [("src/CMakeLists.txt", "levels")])

    def test_others_use_the_front_header(self):
        self.check("src/collect/collect.cc", '#include "sources/source.h"\n#include "ledger/schema.h"\n',
                   "front header")

    def test_a_folder_is_in_the_table(self):
        self.write("src/serve/serve.cc", "\n")
        self.assertEqual(self.rules(), [("src/CMakeLists.txt", "levels")])

    def test_a_library_has_one_home(self):
        self.check("src/base/y.cc", "#include <fmt/format.h>\n#include <sys/stat.h>\n#include <vector>\n")
        self.check("src/base/y.cc", "#include <sqlite3.h>\n", "third-party header")
        self.check("src/base/y.cc", "#include <boost/any.hpp>\n", "third-party header")
        self.check("src/base/y.cc", "#include <gtest/gtest.h>\n", "third-party header")
        self.write("src/base/y.cc", "")
        self.check("src/base/y_test.cc", "#include <gtest/gtest.h>\n")

    def test_a_connector_is_named_in_its_folder(self):
        self.check("src/base/y.cc", '// MySQL is meant\nauto x = "MySQL";\n', "connector name")
        self.check("src/base/y.cc", "")
        self.check("src/sources/all_sources.cc", SOURCES + "// other\n", "connectors")

    def test_names_and_words(self):
        self.check("src/base/string_utils.cc", "", "banned name")
        os.remove(os.path.join(self.folder.name, "src/base/string_utils.cc"))
        self.check("src/base/y.cc", "// FIXME\nstd::cout << 1;\n", "banned word", "banned word")

    def test_sizes(self):
        self.check("src/base/y.cc", "// " + "x" * 110 + "\n", "long line")
        self.check("src/base/y.cc", "// " + "水" * 107 + "\n")
        self.check("src/base/y.cc", "\n" * 601, "long file")

    def test_headers_say_what_they_are(self):
        self.check("src/base/y.h", "#pragma once\n", "header comment")

    def test_paths_in_documents_exist(self):
        self.check("docs/a.md", "`src/base/x.h` `base/x.h` `src/*/x.h` `./demo/x` `a/b` `lake.sqlite`\n")
        self.check("docs/a.md", "[x](a.md)\n")
        self.check("docs/a.md", "`src/base/z.h`\n", "dead path")
        self.check("docs/a.md", "`base/z.h`\n", "dead path")
        self.check("docs/a.md", "[x](b.md#part)\n", "dead path")

    def test_pages_that_the_code_names_exist(self):
        self.write("docs/a.md", "")
        self.check("src/base/y.cc", "// See: docs/a.md\n")
        self.check("src/base/y.cc", "// See: docs/b.md\n", "dead path")

    def test_try_in_a_braced_list(self):
        good = ["TRY(f());", "auto x = TRY(f(g()));", "if (a) { TRY(f()); }", "else { TRY(f()); }",
                "f(TRY(g()), 1);",
                "g([&] { TRY(f()); });", "g([]() -> Result<> { TRY(f()); });", "for (auto& x : TRY(f())) {",
                "Foo foo{1}; TRY(f());", "f(Foo{1}, TRY(g()));", 'log("Foo{TRY(");', "// Foo{TRY(x)}"]
        for statement in good:
            with self.subTest(statement):
                self.check("src/base/y.cc", "Result<> h() const {\n  " + statement + "\n")
        bad = ["auto x = Foo{TRY(f()), 1};", "return Foo{.a = 1, .b = TRY(f())};", "Foo foo{a, g(TRY(f()))};",
               "std::vector<Foo> v = {TRY(f())};", "f({1, TRY(g())});", "return {TRY(f()), 2};"]
        for statement in bad:
            with self.subTest(statement):
                self.check("src/base/y.cc", "void h() {\n  " + statement + "\n", "TRY")

    def test_exceptions_may_only_shrink(self):
        self.write("src/base/y.cc", "// FIXME\n")
        self.write("tests/tidy/exceptions.txt", "# why\nsrc/base/y.cc: banned word  # because\n")
        self.assertEqual(self.rules(), [])
        self.write("src/base/y.cc", "\n")
        self.assertEqual(self.rules(), [("tests/tidy/exceptions.txt", "exceptions")])


if __name__ == "__main__":
    unittest.main()
