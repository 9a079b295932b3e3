"""Redis away, Redis back: two lines in the log, whoever notices how often."""

from __future__ import annotations

from random import Random

from structlog.testing import capture_logs

from system.tasks.errors import QueueUnavailable
from system.worker.outage import Outage

ERROR = QueueUnavailable("no answer")


def test_it_is_said_once() -> None:
    """The first failure that lasts and the last recovery are told, nothing in between."""
    outage = Outage(Random(1))
    with capture_logs() as logs:
        outage.answered("claims")
        for who in ("claims", "leases", "claims", "leases", "claims"):
            outage.failed(who, ERROR)
        outage.answered("leases")
        outage.answered("leases")
        assert [entry["event"] for entry in logs] == ["queue_away"]
        outage.answered("claims")
    assert [entry["event"] for entry in logs] == ["queue_away", "queue_back"]
    assert logs[0]["error"] == "no answer"


def test_a_connection_that_fails_once_is_no_news() -> None:
    """After a restart of the server each idle connection does."""
    outage = Outage(Random(1))
    with capture_logs() as logs:
        for who in ("claims", "leases"):
            outage.failed(who, ERROR)
            outage.answered(who)
    assert logs == []


def test_pauses_grow_to_two_seconds() -> None:
    """Quick at first; and never so long that a worker is late when the queue comes back."""
    outage = Outage(Random(1))
    pauses = [outage.failed("claims", ERROR) for _ in range(1000)]
    assert 0.05 <= pauses[0] <= 0.1
    assert 1.0 <= pauses[-1] <= 2.0
    outage.answered("claims")
    assert outage.failed("claims", ERROR) <= 0.1
