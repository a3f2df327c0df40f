"""Writes docs/config_reference.md from the fields and comments of configs/*.proto.

Usage: generate_config_reference.py [--check]
--check writes nothing and fails where the file is not what would be written.
"""

import dataclasses
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROTOS = ("config", "model", "data", "optimizer")
TARGET = ROOT / "docs" / "config_reference.md"

_PREFACE = """\
# Configuration reference

Made by `scripts/generate_config_reference.py` from `configs/*.proto`; edit those.

A configuration is one `Config` in Protobuf's text format. `--set` takes the path of a key, for example
`--set optimizer.learning_rate=0.1`. A key without a default is empty.
"""

_OPEN = re.compile(r"(message|enum|oneof)\s+(\w+)\s*\{(\s*\})?")
_FIELD = re.compile(r"(?:(optional|repeated)\s+)?([\w.]+)\s+(\w+)\s*=\s*\d+\s*(?:\[(.*)\])?;")
_VALUE = re.compile(r"(\w+)\s*=\s*\d+;")
_DEFAULT = re.compile(r'default\s*=\s*("[^"]*"|[^,\]\s]+)')


@dataclasses.dataclass
class Entry:
    """A field of a message or a value of an enum."""

    name: str
    comment: str
    type: str = ""
    default: str = ""


@dataclasses.dataclass
class Block:
    """A message, or an enum under the name by which fields know it: Precision.Type."""

    kind: str
    name: str
    comment: str
    entries: list[Entry] = dataclasses.field(default_factory=list)


class Reader:
    """Reads the subset of the language that configs/*.proto uses, line by line."""

    def __init__(self):
        self.blocks: list[Block] = []
        self._open: list[Block | None] = []  # None: a oneof, whose fields are its message's
        self._comment: list[str] = []

    def read(self, text: str) -> None:
        for line in map(str.strip, text.splitlines()):
            if line.startswith("//"):
                self._comment.append(line[2:].strip())
                continue
            self._read_statement(line)
            self._comment = []

    def _read_statement(self, line: str) -> None:
        if match := _OPEN.match(line):
            self._begin(match)
        elif line == "}":
            self._open.pop()
        elif self._open and (match := _FIELD.match(line)):
            self._add_field(*match.groups())
        elif self._open and (match := _VALUE.match(line)):
            self._message().entries.append(Entry(match.group(1), " ".join(self._comment)))

    def _begin(self, match: re.Match) -> None:
        kind, name, closed = match.groups()
        if kind == "oneof":
            self._open.append(None)
            return
        parents = [block.name for block in self._open if block]
        block = Block(kind, ".".join(parents[-1:] + [name]), " ".join(self._comment))
        self.blocks.append(block)
        if not closed:
            self._open.append(block)

    def _message(self) -> Block:
        return next(block for block in reversed(self._open) if block)

    def _add_field(self, label: str, kind: str, name: str, options: str) -> None:
        default = _DEFAULT.search(options or "")
        entry = Entry(name, " ".join(self._comment), kind, default.group(1) if default else "")
        if label == "repeated":
            entry.type = f"list of {kind}"
        self._message().entries.append(entry)


class Writer:
    """Writes one section a message; enums are told where they are used."""

    def __init__(self, blocks: list[Block]):
        self._enums = {block.name: block for block in blocks if block.kind == "enum"}
        # Messages that only carry an enum have no section.
        self._messages = {
            block.name: block
            for block in blocks
            if block.kind == "message" and (block.entries or f"{block.name}.Type" not in self._enums)
        }

    def sections(self) -> list[str]:
        return [self._section(block) for block in self._messages.values()]

    def _section(self, block: Block) -> str:
        lines = [f"## {block.name}", ""]
        lines += [block.comment, ""] if block.comment else []
        if not block.entries:
            return "\n".join(lines + ["No settings.", ""])
        lines += ["| key | type | default | meaning |", "|---|---|---|---|"]
        lines += [self._row(entry, block) for entry in block.entries]
        return "\n".join(lines + [""])

    def _row(self, entry: Entry, owner: Block) -> str:
        # An enum is named in full, or in short within the message that declares it.
        enum = self._enums.get(entry.type) or self._enums.get(f"{owner.name}.{entry.type}")
        kind, meaning = entry.type, entry.comment
        if enum:
            kind = " ".join(f"`{value.name}`" for value in enum.entries)
            told = [f"`{value.name}`: {value.comment}" for value in enum.entries if value.comment]
            meaning = " ".join([meaning] + told).strip()
        elif entry.type.removeprefix("list of ") in self._messages:
            name = entry.type.removeprefix("list of ")
            kind = entry.type.replace(name, f"[{name}](#{name.lower()})")
            meaning = meaning or self._messages[name].comment
        default = f"`{entry.default}`" if entry.default else ""
        return f"| `{entry.name}` | {kind} | {default} | {meaning.replace('|', '/')} |"


def reference() -> str:
    reader = Reader()
    for proto in PROTOS:
        reader.read((ROOT / "configs" / f"{proto}.proto").read_text(encoding="utf-8"))
    return "\n".join([_PREFACE] + Writer(reader.blocks).sections())


def main() -> None:
    text = reference()
    if "--check" not in sys.argv[1:]:
        TARGET.write_text(text, encoding="utf-8")
    elif not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
        sys.exit(f"{TARGET.relative_to(ROOT)} is not up to date; run {sys.argv[0]}")


if __name__ == "__main__":
    main()
