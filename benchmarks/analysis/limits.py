"""Whether a number says how fast the system is, or only how fast this machine is."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.records import TrialRecord

BUSY = 0.8
"""Above this share of its time in use, a core or a host queues work of its own and bends the curve."""


@dataclass(frozen=True, slots=True)
class HostLimit:
    """Whether the host was the limit, and why it is thought so; the reason is empty where it was not."""

    limited: bool
    reason: str


def host_limited(trial: TrialRecord) -> HostLimit:
    """Judge a trial by its `host_busy` (share of all cores) and `busiest_busy` (of one core, by one process)."""
    reasons = []
    if trial.host_busy > BUSY:
        reasons.append(f"all cores together were busy {trial.host_busy:.0%} of the time")
    if trial.busiest_busy > BUSY:
        role = trial.busiest_role or "one single-threaded role"
        reasons.append(f"{role} used {trial.busiest_busy:.0%} of the one core it can use")
    reason = f"{' and '.join(reasons)} (over {BUSY:.0%})" if reasons else ""
    return HostLimit(bool(reasons), reason)
