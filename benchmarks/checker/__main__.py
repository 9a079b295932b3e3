"""Check a run's folder again: `python -m benchmarks.checker DIR`.

Exit code 0 means valid, 1 invalid, 2 unknown or unreadable.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.checker.check import check
from benchmarks.checker.lines import FILE, UnreadableHistory, read
from benchmarks.checker.report import Verdict


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report of a folder and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.checker", description="Check a run's history again.")
    parser.add_argument("folder", type=Path, help=f"a run's folder; its history is in {FILE}")
    folder: Path = parser.parse_args(arguments).folder
    try:
        report = check(read(folder))
    except UnreadableHistory as error:
        print(error, file=sys.stderr)
        return Verdict.UNKNOWN.exit_code
    print(report.text())
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
