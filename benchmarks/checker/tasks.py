"""A history seen task by task: its runs in order, its recorded ends, and which tasks clients know of."""

from __future__ import annotations

from collections import defaultdict
from operator import attrgetter

from benchmarks.checker.history import Answer, End, History, Operation, Outcome, Run

SETTLED = frozenset({Outcome.SUCCEEDED, Outcome.DEAD, Outcome.CANCELLED})  # nothing may follow
ORDERED = frozenset({Outcome.RETRYING, Outcome.RELEASED})  # another run is as it should be
AT_AN_END = SETTLED | {Outcome.RETURNED}


def fence(token: str | None) -> int | None:
    """Return the number of a token `number:worker`, None where there is none."""
    number = (token or "").partition(":")[0]
    return int(number) if number.isdecimal() else None


class Tasks:
    """The index the checks work on."""

    def __init__(self, history: History) -> None:
        self.runs: defaultdict[str, list[Run]] = defaultdict(list)
        for run in sorted(history.runs, key=lambda run: (run.started_at, fence(run.token) or 0)):
            self.runs[run.task_id].append(run)
        self.ends: defaultdict[str, list[End]] = defaultdict(list)
        for end in sorted(history.ends or (), key=attrgetter("at")):
            self.ends[end.task_id].append(end)
        self.seen = set(self.runs) | set(self.ends)
        self.over = set(self.ends) if history.ends is not None else self._came_to_an_end()
        self._id_of_key = {key: task_id for task_id, key in history.keys.items()}
        answers = defaultdict(set)
        for operation in history.operations:
            answers[self._task_of(operation)].add(operation.answer)
        self.attempted = set(answers)
        self.acknowledged = {task for task, given in answers.items() if Answer.ACKNOWLEDGED in given}
        self.possible = {task for task, given in answers.items() if Answer.UNKNOWN in given} - self.acknowledged

    def _task_of(self, operation: Operation) -> str:
        return operation.task_id or self._id_of_key.get(operation.key, operation.key)

    def _came_to_an_end(self) -> set[str]:
        return {task for task, runs in self.runs.items() if any(run.outcome in AT_AN_END for run in runs)}
