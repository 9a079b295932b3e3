"""One system at a time in one kernel: started, ended, never left behind; and what was predicted of it."""

from __future__ import annotations

import atexit
import json
import os
import threading
import weakref
from pathlib import Path
from typing import Any

from benchmarks.faults.log import FaultLog
from benchmarks.faults.waiting import until
from lab import scale
from lab.assemble import Asked
from lab.caller import Caller
from lab.home import Home, clean_up_after_the_dead
from lab.progress import progress
from lab.systems import PhaseOne, PhaseTwo, System
from system.tasks.errors import TaskLabError
from system.wiring import Settings

ROOT = Path(os.environ.get("TASKLAB_DATA", Path(__file__).parents[1] / ".tasklab")).absolute() / "lab"
OPEN: weakref.WeakSet[Stage] = weakref.WeakSet()
"""Those of this kernel: a first cell that runs again must not leave the earlier lab's system running."""
WAIT_SECONDS = 120.0
NOTHING = "nothing is running: lab.up() first"


class Stage:
    """Made once by each kernel. Everything it starts ends with the kernel, even if that is killed."""

    def __init__(self, root: Path = ROOT) -> None:
        for earlier in list(OPEN):
            earlier.close()
        clean_up_after_the_dead(root)
        self._home = Home(root)
        self._system: System | None = None
        self._asked: Asked | None = None
        self._settings = Settings()
        self._runs = 0
        self._steps = 0
        self._logs: list[Path] = []
        self._timers: list[threading.Thread] = []
        OPEN.add(self)
        atexit.register(self.close)

    def __repr__(self) -> str:
        return f"Lab({'down' if self._system is None else self._system.api_url})"

    @property
    def folder(self) -> Path:
        """Where this kernel's predictions and records are."""
        return self._home.path

    @property
    def journal(self) -> str:
        """The file in which the task type `witnessed` writes."""
        return str(self._folder / "journal.jsonl")

    @property
    def api_url(self) -> str:
        """The address of the running API."""
        return self._running().api_url

    def scale(self, in_class: Any, *, ci: Any) -> Any:
        """Return the amount for a class, or the smaller one for a quick run."""
        return scale.choose(in_class, ci)

    def predict(self, question: str, answer: Any) -> Any:
        """Keep what you expect, before you know; returns it, for the plot."""
        path = self.folder / "predictions.json"
        kept = json.loads(path.read_text("utf-8")) if path.exists() else {}
        path.write_text(json.dumps({**kept, question: answer}, indent=2, ensure_ascii=False), "utf-8")
        return answer

    def up(
        self,
        *,
        workers: int = 2,
        phase: int = 2,
        queue: str = "leases",
        accept: str = "sql",
        lease_seconds: float = 10.0,
        concurrency: int = 10,
        watched: bool = True,
    ) -> None:
        """Start a fresh system; one that runs is ended first. Its workers run `concurrency` tasks at once.

        `watched=False`: workers as on other machines, where nobody sees one die.
        """
        self.down()
        number = 1 if phase == 1 else workers
        with progress(f"Phase {phase}: starting {number} worker{'s' if number > 1 else ''}") as tell:
            self._folder = self._home.new_system()
            settings = Settings(queue=queue, accept=accept, lease_seconds=lease_seconds, grace_seconds=2.0)  # type: ignore[arg-type]
            self._system = (
                PhaseOne(self._folder, concurrency=concurrency)
                if phase == 1
                else PhaseTwo(self._folder, settings, workers=workers, concurrency=concurrency, watched=watched)
            )
            self._caller, self._faults = (
                Caller(self._folder.with_name(f"calls-of-{self._folder.name}.jsonl")),
                FaultLog(),
            )
            self._logs = []
            self._asked = Asked(
                trial=self._runs,
                phase=phase,
                queue="memory" if phase == 1 else queue,
                accept="memory" if phase == 1 else accept,
                workers=number,
                concurrency=concurrency,
                lease_seconds=lease_seconds,
            )
            until(lambda: len(self._ready()) >= number, f"{number} workers are ready", seconds=WAIT_SECONDS)
            tell(f"Phase {phase} is up at {self._system.api_url}, {number} worker{'s' if number > 1 else ''}")

    def down(self) -> None:
        """End the running system, if there is one; safe to call twice."""
        for timer in self._timers:
            timer.join()
        self._timers.clear()
        system, self._system = self._system, None
        if system is not None:
            system.stop()
            self._caller.close()
            self._runs += 1

    def close(self) -> None:
        """End the system and give up the folder: the end of this lab."""
        if self in OPEN:
            OPEN.discard(self)
            atexit.unregister(self.close)
            self.down()
            self._home.close()

    def add_workers(self, count: int) -> None:
        """Start more workers beside the running ones; nothing else has to change."""
        system = self._running()
        wanted = len(system.workers()) + count
        with progress(f"starting {count} more") as tell:
            system.add_workers(count)
            until(lambda: len(self._ready()) >= wanted, f"{wanted} workers are ready", seconds=WAIT_SECONDS)
            tell(f"{wanted} workers")

    def workers(self) -> list[str]:
        """Return the names of the workers alive."""
        return [worker.name for worker in self._running().workers()]

    def _ready(self) -> list[Any]:
        return list(self._caller.ask(f"{self._running().api_url}/workers"))

    def _running(self) -> System:
        if self._system is None:
            raise TaskLabError(NOTHING)
        return self._system
