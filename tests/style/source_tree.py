"""The files that the style tests read."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
CPP = (".h", ".cc")
_NOT_SOURCES = {"build", "data", "runs", "node_modules", "__pycache__"}


def files(root: pathlib.Path, suffixes: tuple[str, ...]) -> list[pathlib.PurePosixPath]:
    """Paths below `root`, relative to it, without build trees, data, runs and hidden folders."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(
            name
            for name in folders
            if name not in _NOT_SOURCES and not name.startswith((".", "build-"))
        )
        for name in sorted(names):
            if name.endswith(suffixes):
                path = pathlib.Path(folder, name).relative_to(root)
                found.append(pathlib.PurePosixPath(path))
    return found


def plant(root: pathlib.Path, path: str, text: str) -> None:
    """Writes one file of a small tree for a negative control."""
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
