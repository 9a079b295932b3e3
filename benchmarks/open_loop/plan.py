"""What one run of Locust is asked for, as its command line understands it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import orjson

from benchmarks.open_loop.payloads import Kind

Arrivals = Literal["constant", "poisson", "steps", "trace"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An open loop: when calls go out, what they bring, and how many may be under way."""

    arrivals: Arrivals = "constant"
    rate: float = 50.0
    """Calls a second, of one task each; not for steps and traces."""
    steps: Sequence[tuple[float, float]] = ()
    """Calls a second, and for how many seconds."""
    trace: Path | None = None
    """Seconds after the beginning, one a line."""
    seconds: float = 0.0
    """The schedule ends here, and with it the run; 0: it goes on until it is stopped."""
    seed: int = 1
    mix: Sequence[Kind] | Literal["checked"] = (Kind("noop"),)
    """What is submitted; "checked" is the mix of the crash runs (engine/mix.py)."""
    marks: bool = False
    """Tell each task its mark, as the engine's own task types want it."""
    senders: int = 300
    """Most calls under way; a call that finds none free goes out late."""
    patience: float = 10.0
    """A call that is so many seconds late is missed, not sent."""
    watch: bool = False
    """Ask the API when tasks are done; the engine reads that from SQL."""

    def arguments(self) -> list[str]:
        """Return the options of benchmarks/locustfile.py that say the same."""
        mix = self.mix if isinstance(self.mix, str) else orjson.dumps(list(self.mix)).decode()
        options: dict[str, object] = {
            "--arrivals": self.arrivals,
            "--rate": self.rate,
            "--seconds": self.seconds,
            "--seed": self.seed,
            "--tasks": mix,
            "--senders": self.senders,
            "--patience": self.patience,
            "--watch": "yes" if self.watch else "no",
        }
        if self.steps:
            options["--steps"] = ",".join(f"{rate:g}x{seconds:g}" for rate, seconds in self.steps)
        if self.trace:
            options["--trace"] = self.trace.absolute()
        flags = ["--marks"] if self.marks else []
        return [f"{name}={value}" for name, value in options.items()] + flags
