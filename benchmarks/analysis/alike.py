"""Whether two points, or two runs, may be compared at all, and if not, why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.records import TrialRecord

SETTINGS = (
    "phase",
    "queue",
    "database",
    "accept",
    "workers",
    "concurrency",
    "lease_seconds",
    "mix",
    "arrivals",
    "rate",
)
MAY_DIFFER = {"date", "tasklab", "commit"}
"""Of an environment: when, and which version of TaskLab; that is what one compares."""
VALID = "valid"


def other_environment(a: Mapping[str, Any], b: Mapping[str, Any]) -> str:
    """Return what differs between two environments as `benchmarks.environment` tells them; empty: nothing."""
    keys = [key for key in (*a, *(key for key in b if key not in a)) if key not in MAY_DIFFER]
    parts = [(key, _lasting(key, a.get(key)), _lasting(key, b.get(key))) for key in keys]
    return "; ".join(f"{key}: {old}, then {new}" for key, old, new in parts if old != new)


def other_point(a: Sequence[TrialRecord], b: Sequence[TrialRecord]) -> str:
    """Return why the trials of one point in two runs are no like pair; empty: they are."""
    if not a or not b:
        return f"not measured in {'the first' if not a else 'the second'} run"
    differ = [
        f"{name}: {old}, then {new}" for name in SETTINGS if (old := _values(a, name)) != (new := _values(b, name))
    ]
    if differ:
        return f"other scenario ({'; '.join(differ)})"
    for which, trials in (("first", a), ("second", b)):
        verdicts = sorted({trial.verdict for trial in trials} - {VALID})
        if verdicts:
            return f"the checker found the {which} run {' and '.join(verdicts)}: what it did wrongly has no speed"
    return ""


def _values(trials: Sequence[TrialRecord], name: str) -> str:
    return ", ".join(sorted({str(getattr(trial, name)) for trial in trials}))


def _lasting(key: str, value: Any) -> str:
    """Leave out the load of the moment, which stands behind the number of cores."""
    return str(value).partition(", load")[0] if key == "cores" else str(value)
