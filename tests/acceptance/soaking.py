"""`tasklab-bench crash` as its users run it, small enough for the suite."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.acceptance.running import ROOT, until

SEED = 20_261
KILLS = 100  # workers a minute: with the seed, the same kills for every queue
RATE = 150  # tasks a second: enough that most kills find work in hand
WORKERS = 4


class Soak:
    """One run in a folder of its own."""

    def __init__(self, folder: Path, *, seconds: float, **options: str) -> None:
        self.folder = folder
        given = {
            "minutes": seconds / 60,
            "seed": SEED,
            "kills": KILLS,
            "rate": RATE,
            "workers": WORKERS,
            "out": folder,
            **options,
        }
        arguments = [part for name, value in given.items() for part in (f"--{name}", str(value))]
        self._command = [sys.executable, "-m", "benchmarks", "crash", *arguments]
        clean = ("TASKLAB_", "REDIS_", "DATABASE_")
        self._environment = {name: text for name, text in os.environ.items() if not name.startswith(clean)}

    @contextmanager
    def start(self) -> Iterator[subprocess.Popen[bytes]]:
        """Start it; it is gone afterwards."""
        with (self.folder.parent / "out").open("wb") as out:
            process = subprocess.Popen(self._command, cwd=ROOT, env=self._environment, stdout=out, stderr=out)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def until_under_way(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until it has reported on load and faults for the first time."""
        until(lambda: "ended" in self.printed() or process.poll() is not None, "load and faults")
        assert process.poll() is None, self.printed()

    def printed(self) -> str:
        """Return what it printed so far."""
        return (self.folder.parent / "out").read_text("utf-8")

    def summary(self) -> dict[str, Any]:
        """Return its figures."""
        return dict(json.loads((self.folder / "summary.json").read_bytes()))
