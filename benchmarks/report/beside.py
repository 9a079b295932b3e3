"""The answer of a run that measured other queues: where TaskLab stands among them."""

from __future__ import annotations

from statistics import median

from benchmarks.peers.results import QueueResult, load
from benchmarks.peers.summary import OURS, ratios
from benchmarks.report.evidence import Evidence
from benchmarks.report.numbers import plain

QUESTION = "Where does TaskLab stand beside other queues, in speed and when a worker is killed?"
NOOPS = "noop_1"


def answer(evidence: Evidence) -> str:
    """Say how it compares in no-ops with one worker, and who had a killed worker's task run again."""
    queues = load(evidence.folder.path)
    others = [queue for queue in queues if queue.name != OURS]
    ours = next((queue for queue in queues if queue.name == OURS), None)
    return " ".join([*_speed(ours, others), *_crashes(ours, others)]) or f"{len(queues)} queues were tried."


def _speed(ours: QueueResult | None, others: list[QueueResult]) -> list[str]:
    found = [ratios(ours, each)[NOOPS] for each in others if NOOPS in ratios(ours, each)] if ours else []
    if not found:
        return []
    faster = sum(ratio > 1 for ratio in found)
    words = f"With one worker, TaskLab drained no-ops faster than {faster} of {len(found)} others"
    return [f"{words}, {plain(median(found))} times their rate in the median."]


def _crashes(ours: QueueResult | None, others: list[QueueResult]) -> list[str]:
    tried = [queue for queue in others if _by_default(queue)]
    if not tried:
        return []
    again = sum(all(_by_default(queue)) for queue in tried)
    words = f"As installed, {again} of {len(tried)} others had a killed worker's task run again while it was watched"
    mine = _by_default(ours) if ours else []
    return [f"{words}; TaskLab {'did' if all(mine) else 'did not'}." if mine else f"{words}."]


def _by_default(queue: QueueResult) -> list[bool]:
    """Return of each trial with default settings whether the task ran again."""
    return [trial.seconds is not None for trial in queue.crash if trial.settings == "default"]
