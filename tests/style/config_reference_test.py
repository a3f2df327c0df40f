"""docs/config_reference.md tells what configs/*.proto say."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import source_tree


def check(root: pathlib.Path) -> subprocess.CompletedProcess:
    command = [sys.executable, str(root / "scripts" / "generate_config_reference.py"), "--check"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


class ConfigReferenceTest(unittest.TestCase):
    def test_the_reference_is_up_to_date(self):
        result = check(source_tree.ROOT)
        self.assertEqual(0, result.returncode, result.stderr)

    def test_a_changed_schema_is_caught(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name in ("configs", "docs"):
                shutil.copytree(source_tree.ROOT / name, root / name)
            generator = "scripts/generate_config_reference.py"
            source_tree.plant(root, generator, (source_tree.ROOT / generator).read_text())
            self.assertEqual(0, check(root).returncode)
            schema = root / "configs" / "config.proto"
            schema.write_text(schema.read_text().replace("Key of every random draw", "Key"))
            self.assertEqual(1, check(root).returncode)


if __name__ == "__main__":
    unittest.main()
