"""The supervisor: keeps named processes alive and lets them go in good order."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable

from system.local.child import Child, Death, Launch, Pauses

CHECK_SECONDS = 0.05
RELEASE_SECONDS = 2.0  # after a second SIGTERM


class Supervisor:
    """Starts processes, starts again what dies, ends them gracefully; may be used from several threads.

    `on_change()` is called after every start, `on_death(death)` after every death that nobody asked for, both in the
    thread that watches over the process.
    """

    def __init__(self, *, on_change: Callable[[], None], on_death: Callable[[Death], None], pauses: Pauses) -> None:
        self._on_change = on_change
        self._on_death = on_death
        self._pauses = pauses
        self._children: dict[str, Child] = {}
        self._hurry = threading.Event()

    def add(self, name: str, launch: Launch) -> None:
        """Start a process and keep it alive from now on."""
        child = Child(name, launch, on_start=self._on_change, on_death=self._on_death, pauses=self._pauses)
        child.start()
        self._children[name] = child

    def pids(self) -> dict[str, int]:
        """Names and pids of what lives right now."""
        alive = {name: child.pid for name, child in self._children.copy().items()}
        return {name: pid for name, pid in alive.items() if pid is not None}

    def kill(self, name: str) -> None:
        """End a process with SIGKILL; it is started again like any that dies."""
        self._children[name].signal(signal.SIGKILL)

    def stop(self, names: Iterable[str], grace_seconds: float) -> None:
        """End processes and start them no more: SIGTERM to all at once, SIGKILL to what is left after the grace."""
        children = [child for name in names if (child := self._children.pop(name, None))]
        for child in children:
            child.ask_to_end()
        left = self._wait(children, grace_seconds, until=self._hurry)
        for child in left:
            child.signal(signal.SIGTERM)
        left = self._wait(left, RELEASE_SECONDS if left else 0.0)
        for child in left:
            child.signal(signal.SIGKILL)
        self._wait(left, RELEASE_SECONDS)

    def hurry(self) -> None:
        """Cut every grace short, now and from now on: a second SIGTERM follows at once. Fit for a signal handler."""
        self._hurry.set()

    def _wait(self, children: list[Child], seconds: float, until: threading.Event | None = None) -> list[Child]:
        """Wait for the ends of processes and return those that go on living."""
        deadline = time.monotonic() + seconds
        while children and time.monotonic() < deadline and not (until and until.is_set()):
            children = [child for child in children if not child.ended(CHECK_SECONDS)]
        return children
