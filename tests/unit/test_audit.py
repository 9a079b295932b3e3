"""The audit of packages: a hole fails it, and what was not looked at is never called clean."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

AUDIT = runpy.run_path(str(Path(__file__).parents[2] / ".ci" / "audit.py"))
CLEAN, HOLES, UNREACHED = 0, 1, 3

GOOD = {"name": "good", "version": "1.0", "vulns": []}
BAD = {"name": "bad", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}, {"id": "PYSEC-2"}]}
SKIPPED = {"name": "unheard", "skip_reason": "Dependency not found on PyPI and could not be audited: unheard (1.0)"}


@pytest.mark.parametrize(
    ("packages", "code", "words"),
    [
        ([GOOD], CLEAN, "1 of 1 packages audited, no known holes"),
        ([GOOD, SKIPPED], CLEAN, "1 of 2 packages audited, no known holes"),
        ([GOOD, BAD, SKIPPED], HOLES, "2 known holes\nbad 1.0: PYSEC-1, fixed in 1.1\nbad 1.0: PYSEC-2, not fixed yet"),
        ([SKIPPED, SKIPPED], UNREACHED, "the source knows none of 2 packages"),
        ([], UNREACHED, "none of 0 packages"),
    ],
)
def test_what_was_found(packages: list[dict[str, Any]], code: int, words: str) -> None:
    """Holes are named with their remedy; a source that knows no package has not audited anything."""
    judgement = AUDIT["judge"](json.dumps({"dependencies": packages, "fixes": []}), "")
    assert judgement.code == code
    assert words in judgement.words


@pytest.mark.parametrize(
    ("printed", "complaints", "code"),
    [
        ("", "INFO…\nERROR:pip_audit._cli:Could not connect to PyPI's vulnerability feed", UNREACHED),
        ("", "requests.exceptions.ConnectionError: HTTPSConnectionPool(…): Max retries exceeded", UNREACHED),
        ("", "ERROR:pip_audit._cli:Received an HTTP error from PyPI: 503", UNREACHED),
        ("", "ERROR:pip_audit._cli:requirement packaging is not pinned", HOLES),
        ("", "", HOLES),
        ("no json", "", HOLES),
        ("[]", "", HOLES),
    ],
)
def test_what_went_wrong(printed: str, complaints: str, code: int) -> None:
    """Only a missing connection is forgiven; any other failure is one."""
    assert AUDIT["judge"](printed, complaints).code == code
