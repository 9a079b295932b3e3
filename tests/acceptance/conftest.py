"""What acceptance tests start from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.running import Tasklab


@pytest.fixture
def tasklab(tmp_path: Path) -> Tasklab:
    """Give the command, with a data folder of the test's own."""
    return Tasklab(tmp_path / "data")
