"""What some faults need of the machine: without it their tests are skipped, and the reason says what is missing."""

from __future__ import annotations

import os

import pytest


def need(reason: str | None, *, package: bool = False) -> None:
    """Skip where there is a reason; in CI, which installs what it needs, a missing package is an error."""
    if reason is None:
        return
    if package and os.environ.get("CI") and os.geteuid() == 0:
        pytest.fail(f"{reason}; CI has to have it, see .ci/run")
    pytest.skip(reason)
