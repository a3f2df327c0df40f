"""All C++ files are as clang-format 14 lays them out, by the .clang-format of the repository."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import source_tree

_FORMATTER = "clang-format-14"


def misformatted(root: pathlib.Path, files: list[str]) -> str:
    """What the formatter complains of; empty where all is well."""
    result = subprocess.run(
        [_FORMATTER, "--dry-run", "--Werror", f"--style=file:{source_tree.ROOT}/.clang-format", *files],
        cwd=root, capture_output=True, text=True, check=False,
    )
    return result.stderr if result.returncode else ""


class FormatTest(unittest.TestCase):
    def test_the_repository_is_formatted(self):
        files = [str(path) for path in source_tree.files(source_tree.ROOT, source_tree.CPP)]
        self.assertGreater(len(files), 20)
        self.assertEqual("", misformatted(source_tree.ROOT, files), "run scripts/format.sh")

    def test_a_file_of_another_style_is_caught(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            source_tree.plant(root, "good.cc", "int Sum(int a, int b) { return a + b; }\n")
            source_tree.plant(root, "bad.cc", "int Sum( int a,int b )\n{\n    return a+b;\n}\n")
            self.assertEqual("", misformatted(root, ["good.cc"]))
            self.assertIn("bad.cc", misformatted(root, ["bad.cc"]))


if __name__ == "__main__":
    if shutil.which(_FORMATTER) is None:
        print(f"skipped: {_FORMATTER} is not installed; scripts/setup.sh installs it")
        sys.exit(77)
    unittest.main()
