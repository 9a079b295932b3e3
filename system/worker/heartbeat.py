"""What a worker says of itself with every heartbeat."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from typing import Any

import psutil

from system.tasks.handlers import HANDLERS
from system.worker.counts import Counts
from system.worker.held import Hand
from system.worker.slots import Slots
from system.worker.watch import Watch

MOST_HELD = 20  # task ids in a heartbeat


class Heartbeat:
    """Gathers the numbers; reads them only, because it is asked from the lease thread."""

    def __init__(self, queues: Sequence[str], slots: Slots, counts: Counts, watch: Watch, hand: Hand) -> None:
        self.draining = False
        self.quiet = False
        self.redis_seconds = 0.0
        """What the last heartbeat took, there and back."""
        self._hand = hand
        self._slots = slots
        self._counts = counts
        self._watch = watch
        self._process = psutil.Process()
        self._fixed = {
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "queues": list(queues),
            "concurrency": slots.concurrency,
            "started_at": int(time.time() * 1000),
        }

    def info(self) -> dict[str, Any]:
        """Return the worker's state: counts, bytes, seconds, and ms since 1970."""
        return {
            **self._fixed,
            "status": "draining" if self.draining else "quiet" if self.quiet else "running",
            "types": sorted(HANDLERS),
            "running": self._slots.running,
            "done": self._counts.done,
            "failed": self._counts.failed,
            "refused": self._counts.refused,
            "lost": self._counts.lost,
            "rss_bytes": self._process.memory_info().rss,
            "lag_seconds": round(self._watch.lag(), 3),
            "redis_seconds": round(self.redis_seconds, 4),
            "held": [held.claim.task.id for held in self._hand.all()[:MOST_HELD]],
        }
