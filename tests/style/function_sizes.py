"""Finds function bodies in C++ text by their braces: seconds for the whole tree, where clang-tidy takes minutes."""

import re

# Comments, string literals and character literals, which may hold braces. A quote between digits groups them.
_OPAQUE = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<mark>[^()\s\\]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|"""
    r"""(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'""",
    re.DOTALL,
)
_NOT_FUNCTIONS = re.compile(
    r"^(?:(?:inline )?namespace|enum|union|if|for|while|switch|catch|else|do|try|return|extern)\b"
)
_TYPE = re.compile(r"^(?:template\s*<.*>\s*)?(?:class|struct)\b(?!.*\)\s*(?:const)?\s*$)", re.DOTALL)
_NAME = re.compile(r"([\w:~]+(?:\s*operator\s*\S+)?)\s*\(")


def _blank(match: re.Match) -> str:
    return re.sub(r"[^\n]", " ", match.group(0))


def _function_name(header: str) -> str | None:
    """The name of the function whose body follows `header`, or None where something else follows."""
    header = re.sub(r"^\s*(?:#[^\n]*\n|(?:public|private|protected)\s*:|\s)*", "", header)
    if _NOT_FUNCTIONS.match(header) or _TYPE.match(header) or header.rstrip().endswith(("=", ",", "(")):
        return None
    name = _NAME.search(header)
    return name.group(1) if name else None


def functions(text: str) -> list[tuple[str, int, int]]:
    """(name, first line, number of lines) of each function body, lambdas counted within their function."""
    text = _OPAQUE.sub(_blank, text)
    found, open_braces, start = [], [], 0
    for match in re.finditer(r"[{};]", text):
        if match.group(0) == "{":
            inside_function = any(name for name, _ in open_braces)
            header = text[start:match.start()]
            name = None if inside_function else _function_name(header)
            first = start + len(header) - len(header.lstrip())
            open_braces.append((name, text.count("\n", 0, first) + 1))
        elif match.group(0) == "}" and open_braces:
            name, first = open_braces.pop()
            if name:
                found.append((name, first, text.count("\n", 0, match.start()) + 2 - first))
        start = match.end()
    return found
