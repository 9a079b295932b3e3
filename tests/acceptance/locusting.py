"""Locust's own statistics, read from the file it writes at its end."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One row: how many, how many failed, and how long they took."""

    count: int
    failures: int
    took: dict[float, int]
    """Milliseconds as Locust rounds them, and how often."""

    def quantile(self, share: float) -> float:
        """Return the seconds within which this share of them was answered."""
        times = sorted(self.took)
        reached = accumulate(self.took[one] for one in times)
        wanted = share * sum(self.took.values())
        return next(one for one, sofar in zip(times, reached, strict=True) if sofar >= wanted) / 1000


def read(path: Path) -> dict[tuple[str, str], Row]:
    """Read a file of `--json-file`, by type and name of the rows."""
    entries = json.loads(path.with_suffix(".json").read_text("utf-8"))
    return {
        (entry["method"], entry["name"]): Row(
            entry["num_requests"],
            entry["num_failures"],
            {float(took): count for took, count in entry["response_times"].items()},
        )
        for entry in entries
    }
