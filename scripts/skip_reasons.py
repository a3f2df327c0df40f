"""Prints the skipped tests of a JUnit file of ctest, each with the reason that its output gives.

Usage: skip_reasons.py RESULTS.xml
"""

import re
import sys
import xml.etree.ElementTree as ElementTree


def reason(output: str) -> str:
    """The text after GoogleTest's `Skipped` line, or after `skipped: ` in the output of a script."""
    match = re.search(r"^(?:.*: Skipped\n|skipped: )(.+)$", output, re.MULTILINE)
    return match.group(1).strip() if match else "no reason given"


def main() -> None:
    try:
        cases = ElementTree.parse(sys.argv[1]).getroot().iter("testcase")
    except (OSError, ElementTree.ParseError):
        return  # ctest ended before it ran a test, and has said why
    skipped = [case for case in cases if case.find("skipped") is not None]
    if skipped:
        print("\nSkipped:")
    for case in skipped:
        print(f"  {case.get('name')}: {reason(case.findtext('system-out') or '')}")
    if skipped:
        print()


if __name__ == "__main__":
    main()
