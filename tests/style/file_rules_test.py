"""Names and sizes of files and functions, and no #ifdef of a vendor: the rules of CONTRIBUTING.md."""

import pathlib
import re
import tempfile
import unittest

import source_tree
from function_sizes import functions

_MOST_LINES = 500
_MOST_FUNCTION_LINES = 60
_MOST_COLUMNS = 100
_SOURCES = source_tree.CPP + (".proto", ".py", ".sh", ".cmake", "CMakeLists.txt")
_EMPTY_WORDS = {"util", "utils", "common", "misc", "helper", "helpers", "manager", "impl", "stuff"}
_VENDOR_CONDITION = re.compile(
    r"^\s*#\s*(?:if|ifdef|ifndef|elif)\b.*(?:CUDA|CUDNN|NCCL|ONEDNN|DNNL|MPI)", re.MULTILINE
)


def _name_violations(path: pathlib.PurePosixPath) -> list[str]:
    words = {word for part in path.parts for word in re.split(r"[_.\-]", part.lower())}
    return [f"{path}: `{word}` says nothing about what is in it" for word in words & _EMPTY_WORDS]


def _text_violations(path: pathlib.PurePosixPath, text: str) -> list[str]:
    found = []
    lines = text.count("\n")
    if lines > _MOST_LINES:
        found.append(f"{path}: {lines} lines; at most {_MOST_LINES}, one class a file")
    # Highway includes `-inl.h` files once for each instruction set: they have its guard instead.
    included_once = path.suffix == ".h" and not path.name.endswith("-inl.h")
    if included_once and not text.startswith("#pragma once\n"):
        found.append(f"{path}: begins with `#pragma once`")
    if path.suffix in source_tree.CPP:
        # The formatter leaves comments as they are written.
        found += [f"{path}:{number}: {len(line)} columns; at most {_MOST_COLUMNS}"
                  for number, line in enumerate(text.splitlines(), 1) if len(line) > _MOST_COLUMNS]
        found += [f"{path}: `{line.strip()}`; a stub file chosen by CMake instead"
                  for line in (match.group(0) for match in _VENDOR_CONDITION.finditer(text))]
        found += [f"{path}:{first}: {name} has {length} lines; at most {_MOST_FUNCTION_LINES}"
                  for name, first, length in functions(text) if length > _MOST_FUNCTION_LINES]
    return found


def violations(root: pathlib.Path) -> list[str]:
    found = []
    for path in source_tree.files(root, _SOURCES):
        found += _name_violations(path)
        found += _text_violations(path, (root / path).read_text(encoding="utf-8"))
    return found


def _function(lines: int) -> str:
    return "int Sum(int a,\n        int b) {\n" + "  a += b;\n" * (lines - 4) + "  return a;\n}\n"


class FileRulesTest(unittest.TestCase):
    def violations_of(self, path: str, text: str) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            source_tree.plant(pathlib.Path(folder), path, text)
            return violations(pathlib.Path(folder))

    def test_the_repository_follows_the_rules(self):
        self.assertEqual([], violations(source_tree.ROOT))

    def test_functions_are_found_in_the_repository(self):
        found = [entry for path in source_tree.files(source_tree.ROOT, (".cc",))
                 for entry in functions((source_tree.ROOT / path).read_text(encoding="utf-8"))]
        self.assertGreater(len(found), 100)

    def test_empty_names_are_caught(self):
        for path in ["core/utils/a.cc", "core/string_util.h", "comm/job_manager.cc"]:
            with self.subTest(path):
                self.assertEqual(1, len(self.violations_of(path, "#pragma once\n")))

    def test_long_files_are_caught(self):
        self.assertEqual([], self.violations_of("core/a.cc", "\n" * 500))
        self.assertEqual(1, len(self.violations_of("core/a.cc", "\n" * 501)))

    def test_long_functions_are_caught(self):
        self.assertEqual([], self.violations_of("core/a.cc", _function(60)))
        self.assertEqual(1, len(self.violations_of("core/a.cc", _function(61))))

    def test_vendor_conditions_are_caught(self):
        planted = "#ifdef LOCKSTEP_HAS_CUDA\n#endif\n"
        self.assertEqual(1, len(self.violations_of("core/a.cc", planted)))
        self.assertEqual([], self.violations_of("onednn_ops/a.cc", "#if HWY_ONCE\n#endif\n"))

    def test_long_lines_are_caught(self):
        self.assertEqual([], self.violations_of("core/a.cc", "//" + "x" * 98 + "\n"))
        self.assertEqual(1, len(self.violations_of("core/a.cc", "//" + "x" * 99 + "\n")))

    def test_headers_without_a_guard_are_caught(self):
        self.assertEqual(1, len(self.violations_of("core/a.h", "int a;\n")))


if __name__ == "__main__":
    unittest.main()
