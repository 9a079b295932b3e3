"""The log of what was broken on purpose, when, and for how long: the checker's other witness."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.checker.history import Fault, FaultKind


class FaultLog:
    """Faults as they are injected; may be used from any thread.

    Times are this machine's clock in ms, which is the Redis server's too as long as both run on one machine.
    """

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    @property
    def faults(self) -> list[Fault]:
        """What has been injected and undone so far."""
        with self._lock:
            return list(self._faults)

    @contextmanager
    def during(self, kind: FaultKind, target: str, *, since: int | None = None) -> Iterator[None]:
        """Log a fault that lasts as long as the block, or from `since` (ms) to the block's end."""
        at = now_ms() if since is None else since
        try:
            yield
        finally:
            with self._lock:
                self._faults.append(Fault(kind=kind, target=target, at=at, until=now_ms()))


def now_ms() -> int:
    """Return this machine's clock."""
    return time.time_ns() // 1_000_000
