"""Asks pip-audit for known holes in constraints.txt; exit code 0: none, 1: some (or it failed), 3: its data are away.

By itself pip-audit is content when its source knows not one of the packages, as behind a mirror that has no such data:
that is no clean bill of health, and is told apart here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CLEAN, HOLES, UNREACHED = 0, 1, 3
COMMAND = [
    str(Path(sys.executable).with_name("pip-audit")),
    *(
        "--format",
        "json",
        "--progress-spinner",
        "off",
        "--no-deps",
        "--disable-pip",
        "--requirement",
        "constraints.txt",
    ),
]
NO_CONNECTION = ("Could not connect to", "Max retries exceeded", "ConnectionError", "Received an HTTP error from")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came of an audit, in words and as an exit code."""

    code: int
    words: str


def judge(printed: str, complaints: str) -> Judgement:
    """Judge what pip-audit wrote to its standard output and its standard error."""
    try:
        found: list[dict[str, Any]] = json.loads(printed)["dependencies"]
    except (ValueError, KeyError, TypeError):
        if any(words in complaints for words in NO_CONNECTION):
            return Judgement(UNREACHED, f"not audited, the data can't be reached: {_last_line(complaints)}")
        return Judgement(HOLES, f"pip-audit failed: {_last_line(complaints)}")
    audited = [one for one in found if "skip_reason" not in one]
    if not audited:
        why = found[0]["skip_reason"] if found else "there are no packages"
        return Judgement(UNREACHED, f"not audited, the source knows none of {len(found)} packages: {why}")
    holes = [f"{one['name']} {one['version']}: {hole['id']}{_fix(hole)}" for one in audited for hole in one["vulns"]]
    known = f"{len(audited)} of {len(found)} packages audited"
    if holes:
        return Judgement(HOLES, "\n".join([f"{known}, {len(holes)} known holes", *holes]))
    return Judgement(CLEAN, f"{known}, no known holes")


def _fix(hole: dict[str, Any]) -> str:
    versions = ", ".join(hole.get("fix_versions", ()))
    return f", fixed in {versions}" if versions else ", not fixed yet"


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2] or "it said nothing"


def main() -> None:
    """Audit, and say what came of it."""
    done = subprocess.run(COMMAND, capture_output=True, text=True, check=False)
    judgement = judge(done.stdout, done.stderr)
    sys.stdout.write(f"{judgement.words}\n")
    sys.exit(judgement.code)


if __name__ == "__main__":
    main()
