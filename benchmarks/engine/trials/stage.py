"""Where a trial takes place: its system, the view of it, and the ways to reach those who run it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from benchmarks.engine.points import PlannedTrial
from benchmarks.engine.trials.sampler import Sampler
from benchmarks.engine.trials.view import View
from system.local.stack import WorkerProcess


class Running(Protocol):
    """A system that runs, of either phase."""

    folder: Path

    @property
    def api_url(self) -> str:
        """Where the API is."""

    def roles(self) -> dict[str, int]:
        """Return the processes alive right now by name."""

    def workers(self) -> list[WorkerProcess]:
        """Return the workers alive right now."""

    def hurry(self) -> None:
        """Cut all waiting at the end short."""


class Dropped(Exception):
    """The trial was interrupted before it had measured anything worth keeping."""


@dataclass(slots=True, kw_only=True)
class Interruption:
    """Ctrl-C, pressed once or more; may be asked for from any thread."""

    asked: int = 0
    hurries: list[Callable[[], None]] = field(default_factory=list)
    """Called at the second one."""

    def ask(self) -> None:
        """Ask for the end once more."""
        self.asked += 1
        if self.asked > 1:
            for hurry in list(self.hurries):
                hurry()


@dataclass(slots=True, kw_only=True)
class Stage:
    """One trial's surroundings."""

    trial: PlannedTrial
    warm_up: float
    priorities: Mapping[int, float]
    system: Running
    view: View
    sampler: Sampler
    logs: Path
    """Folder for what clients write down."""
    generator: dict[str, int]
    """Role `generator` -> its process, as soon as there is one."""
    interruption: Interruption
    tell: Callable[[str], None]
    """Shows how far it is."""

    async def pause(self, seconds: float) -> None:
        """Wait; raises Dropped where the run is to end at once."""
        if self.interruption.asked > 1:
            raise Dropped
        await asyncio.sleep(seconds)
