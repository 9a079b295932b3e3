"""Watching tasks end: every end is seen once, with the record's time, for a few pages at a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.open_loop.completion import PAGE, PAGES, STRAGGLERS, Completion

BEGIN = 1_800_000_000_000  # the moment of acceptance of all tasks, in milliseconds since 1970


def task_id(number: int) -> str:
    """Name a task; later ones sort behind earlier ones."""
    return str(UUID(int=number))


class Api:
    """The API's list of tasks, as far as the watch asks for it: newest first, before a cursor."""

    def __init__(self, others: int = 0) -> None:
        self.tasks: dict[str, dict[str, Any]] = {}
        self.asked = 0
        self.reports: list[tuple[float, str]] = []
        self.away = False
        self._step = 1 + others

    def accept(self, count: int) -> list[str]:
        """Add tasks, each followed by `others` of somebody else."""
        first = len(self.tasks)
        for number in range(first, first + count * self._step):
            self.tasks[task_id(number)] = {"id": task_id(number), "finished_at": None, "status": "queued"}
        return [task_id(number) for number in range(first, first + count * self._step, self._step)]

    def finish(self, ids: Iterable[str], status: str = "succeeded") -> None:
        """Record ends a quarter of a second after the begin."""
        at = datetime.fromtimestamp(BEGIN / 1000 + 0.25, UTC).isoformat(timespec="milliseconds")
        for one in ids:
            self.tasks[one] |= {"finished_at": at, "status": status}

    def get(self, path: str) -> Any:
        """Answer as the API does."""
        self.asked += 1
        if self.away:
            return None
        url = urlsplit(path)
        if url.path != "/tasks":
            return self.tasks[url.path.removeprefix("/tasks/")]
        query = parse_qs(url.query)
        older = sorted((one for one in self.tasks if one < query["cursor"][0]), reverse=True)
        return {"items": [self.tasks[one] for one in older[: int(query["limit"][0])]]}

    def watch(self, ids: Iterable[str]) -> Completion:
        """Watch tasks that were meant to be submitted at the begin."""
        completion = Completion(self.get, lambda took, status: self.reports.append((took, status)))
        for one in ids:
            completion.expect(one, BEGIN)
        return completion


@settings(deadline=None)
@given(st.sets(st.integers(0, 39)))
def test_each_end_is_reported_once_with_the_records_time(done: set[int]) -> None:
    """However often one looks."""
    api = Api()
    ids = api.accept(40)
    completion = api.watch(ids)
    api.finish(ids[number] for number in done)
    for _ in range(3):
        completion.look()
    assert api.reports == [(250.0, "succeeded")] * len(done)
    assert len(completion) == 40 - len(done)
    api.finish(set(ids) - {ids[number] for number in done}, "dead")
    completion.look()
    assert [status for _, status in api.reports[len(done) :]] == ["dead"] * (40 - len(done))


def test_a_look_at_a_backlog_is_a_few_pages() -> None:
    """The next one goes on from there, so that all are seen in turn, be they old or new."""
    api = Api()
    ids = api.accept(PAGE * PAGES * 3)
    completion = api.watch(ids)
    completion.look()
    assert api.asked == PAGES
    api.finish([ids[-1], ids[0]])
    looks = 0
    while len(api.reports) < 2:
        completion.look()
        looks += 1
        assert looks <= 5


def test_tasks_among_many_others_are_found() -> None:
    """The page does not reach back to the oldest of them; a few are asked for by themselves."""
    api = Api(others=100)
    ids = api.accept(15)
    completion = api.watch(ids)
    api.finish(ids)
    completion.look()
    assert len(api.reports) == 15
    assert api.asked <= 1 + STRAGGLERS


def test_an_api_that_is_away_costs_nothing() -> None:
    """The ends are seen when it is back."""
    api = Api()
    ids = api.accept(5)
    completion = api.watch(ids)
    api.finish(ids)
    api.away = True
    completion.look()
    assert not api.reports
    api.away = False
    completion.look()
    assert len(api.reports) == 5
