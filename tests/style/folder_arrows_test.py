"""Every #include follows the picture of folders in CONTRIBUTING.md, and vendor headers stay in their folder."""

import pathlib
import re
import tempfile
import unittest

import source_tree

# What each folder may include besides itself. Nothing may include tests, examples or benchmarks.
_PRODUCT = {"configs", "core", "comm", "cudnn_ops", "onednn_ops", "serving", "launcher"}
_ARROWS = {
    "configs": set(),
    "core": {"configs"},
    "comm": {"core", "configs"},
    "cudnn_ops": {"core", "configs"},
    "onednn_ops": {"core", "configs"},
    "serving": {"core", "configs"},
    "launcher": _PRODUCT,
    "tests": _PRODUCT,
    "examples": _PRODUCT,
    "benchmarks": _PRODUCT,
}
_FREE = {"tests", "examples", "benchmarks"}

# Vendor headers and the folders of the product that may name them.
_VENDORS = [
    (re.compile(r"(mpi|nccl)\w*\.h$"), {"comm"}),
    (re.compile(r"(oneapi/|dnnl)"), {"onednn_ops"}),
    (re.compile(r"hwy/"), {"onednn_ops", "core"}),
    (re.compile(r"(cuda|cudnn(?!_ops/)|cublas|cufft|curand|nvrtc|nvtx)"), {"cudnn_ops"}),
    (re.compile(r"boost/"), {"serving"}),
    (re.compile(r"openssl/ssl"), {"serving"}),
    (re.compile(r"CLI/"), {"launcher"}),
]
_INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def _vendor_violations(path: pathlib.PurePosixPath, header: str) -> list[str]:
    folder = path.parts[0]
    found = []
    for pattern, folders in _VENDORS:
        if pattern.match(header) and folder not in folders | _FREE:
            found.append(f"{path} includes <{header}>, which belongs to {' and '.join(sorted(folders))}")
    # Targets link fmt privately: a header with fmt in it would not compile for its users.
    if header.startswith("fmt/") and path.suffix == ".h" and folder not in _FREE:
        found.append(f"{path} includes <{header}>; headers do without fmt, .cc files use it")
    return found


def _arrow_violations(path: pathlib.PurePosixPath, header: str) -> list[str]:
    folder, target = path.parts[0], header.split("/")[0]
    if "/" not in header or target not in _ARROWS:
        return [f'{path} includes "{header}", which is no path from the root of the repository']
    if target != folder and target not in _ARROWS[folder]:
        return [f'{path} includes "{header}": there is no arrow from {folder} to {target}']
    return []


def violations(root: pathlib.Path) -> list[str]:
    found = []
    for path in source_tree.files(root, source_tree.CPP):
        if path.parts[0] not in _ARROWS:
            found.append(f"{path} is in no folder of the picture")
            continue
        for kind, header in _INCLUDE.findall((root / path).read_text(encoding="utf-8")):
            found += _vendor_violations(path, header)
            if kind == '"' and not any(vendor.match(header) for vendor, _ in _VENDORS):
                found += _arrow_violations(path, header)
            if header.startswith("CLI/") and not path.name.startswith("command_line"):
                found.append(f"{path} includes <{header}>; the parser stays in launcher/command_line*")
    return found


class FolderArrowsTest(unittest.TestCase):
    def test_the_repository_follows_the_picture(self):
        self.assertGreater(len(source_tree.files(source_tree.ROOT, source_tree.CPP)), 20)
        self.assertEqual([], violations(source_tree.ROOT))

    def test_planted_includes_are_caught(self):
        planted = {
            "core/plan/bad.h": '#include "comm/reducer.h"',
            "comm/bad.cc": '#include "onednn_ops/op.h"',
            "onednn_ops/bad.cc": "#include <mpi.h>",
            "launcher/bad.cc": '  #  include "dnnl.hpp"',
            "cudnn_ops/bad.cc": '#include "neighbour.h"',
            "core/bad.cc": '#include "tests/core/tree.h"',
            "core/bad.h": "#include <fmt/format.h>",
            "serving/bad.cc": "#include <cudnn.h>",
            "stray/bad.cc": "",
        }
        for path, text in planted.items():
            with self.subTest(path), tempfile.TemporaryDirectory() as folder:
                root = pathlib.Path(folder)
                source_tree.plant(root, path, text + "\n")
                self.assertEqual(1, len(violations(root)), violations(root))

    def test_the_command_line_library_in_another_file_is_caught(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            source_tree.plant(root, "launcher/command_line.cc", "#include <CLI/CLI.hpp>\n")
            self.assertEqual([], violations(root))
            source_tree.plant(root, "launcher/b.cc", "#include <CLI/App.hpp>\n")
            self.assertEqual(1, len(violations(root)))

    def test_allowed_includes_pass(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            source_tree.plant(root, "comm/a.cc", '#include <mpi.h>\n#include "core/errors.h"\n')
            source_tree.plant(root, "launcher/a.cc", '#include "comm/a.h"\n#include <fmt/format.h>\n')
            source_tree.plant(root, "tests/comm/a.cc", '#include "comm/a.h"\n#include <mpi.h>\n')
            self.assertEqual([], violations(root))


if __name__ == "__main__":
    unittest.main()
