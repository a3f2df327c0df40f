"""Runs an interop test with the Python that has the references, or says why it cannot run here.

Usage: in_environment.py BUILD_FOLDER TEST.py
"""

import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv" / "interop" / "bin" / "python"


def main() -> None:
    build, test = sys.argv[1:]
    if not PYTHON.exists():
        print("skipped: PyTorch, torchvision and safetensors are not installed; scripts/setup.sh --interop does")
        sys.exit(77)
    if not os.environ.get("LOCKSTEP_TEST_DATA"):
        print("skipped: LOCKSTEP_TEST_DATA is not set; it names a folder with fashion-mnist/ and cifar10/")
        sys.exit(77)
    environment = dict(os.environ, LOCKSTEP_PROGRAM=str(pathlib.Path(build) / "lockstep"))
    os.chdir(ROOT)
    os.execve(PYTHON, [str(PYTHON), test], environment)


if __name__ == "__main__":
    main()
