"""Redis away, Redis back: two lines in the log, whoever notices how often."""

from __future__ import annotations

from random import Random

from structlog.testing import capture_logs

from system.tasks.errors import QueueUnavailable
from system.worker.outage import Outage


def test_it_is_said_once() -> None:
    """The first failure and the last recovery are told, nothing in between."""
    outage, error = Outage(Random(1)), QueueUnavailable("no answer")
    with capture_logs() as logs:
        outage.ended("claims")
        outage.began("claims", error)
        outage.began("leases", error)
        outage.began("claims", error)
        outage.ended("leases")
        outage.ended("leases")
        outage.ended("claims")
    assert [entry["event"] for entry in logs] == ["queue_away", "queue_back"]
    assert logs[0]["error"] == "no answer"


def test_pauses_grow_to_two_seconds() -> None:
    """Quick at first; and never so long that a worker is late when the queue comes back."""
    outage = Outage(Random(1))
    assert 0.05 <= outage.pause(1) <= 0.1
    assert 1.0 <= outage.pause(1000) <= 2.0
