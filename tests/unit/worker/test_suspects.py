"""When a task is taken for one that kills its workers."""

from __future__ import annotations

import pytest

from system.tasks.task import Claim
from system.worker.suspects import suspicious
from tests.fixtures.tasks import new_task


@pytest.mark.parametrize(
    ("delivery", "failures", "suspect"), [(1, 0, False), (2, 0, False), (3, 0, True), (3, 2, False), (5, 2, True)]
)
def test_two_deaths_make_a_suspect(delivery: int, failures: int, *, suspect: bool) -> None:
    """Deliveries that ended in a failure are accounted for; the others ended with their worker."""
    assert suspicious(Claim(new_task(failures=failures), "1:w", delivery)) is suspect
