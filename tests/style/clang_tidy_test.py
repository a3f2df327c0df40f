"""clang-tidy with the list of .clang-tidy finds nothing. Minutes over all files: one of the long rounds.

Usage: clang_tidy_test.py BUILD_FOLDER, which holds compile_commands.json
"""

import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import source_tree

_TIDY = "clang-tidy-14"
_BUILD = pathlib.Path(sys.argv.pop() if len(sys.argv) > 1 else source_tree.ROOT / "build")


def findings(database: pathlib.Path, file: str) -> str:
    """What clang-tidy reports for one file; empty where all is well."""
    command = [_TIDY, "--quiet", f"--config-file={source_tree.ROOT}/.clang-tidy", "-p", str(database), file]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout + result.stderr if result.returncode else ""


class ClangTidyTest(unittest.TestCase):
    def test_the_repository_has_no_findings(self):
        commands = json.loads((_BUILD / "compile_commands.json").read_text(encoding="utf-8"))
        files = sorted({entry["file"] for entry in commands if "/generated/" not in entry["file"]})
        self.assertGreater(len(files), 20)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            reports = pool.map(lambda file: findings(_BUILD, file), files)
            self.assertEqual("", "".join(reports))

    def test_a_use_after_move_is_caught(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            source_tree.plant(root, "bad.cc", "#include <string>\n#include <utility>\n"
                              "std::size_t F(std::string a) { std::string b = std::move(a);"
                              " return a.size() + b.size(); }\n")
            source_tree.plant(root, "compile_commands.json", json.dumps(
                [{"directory": folder, "file": "bad.cc", "command": "c++ -std=c++20 -c bad.cc"}]))
            self.assertIn("use-after-move", findings(root, str(root / "bad.cc")))


if __name__ == "__main__":
    if shutil.which(_TIDY) is None:
        print(f"skipped: {_TIDY} is not installed; scripts/setup.sh installs it")
        sys.exit(77)
    unittest.main()
