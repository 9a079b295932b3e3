"""Group commit: what arrives while one commit is under way shares the next one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Parcel = tuple[Sequence[Item], "asyncio.Future[list[Answer]]"]

LIMIT = 500  # items in one commit: enough to make its cost small, few enough to keep it short


class GroupCommit(Generic[Item, Answer]):
    """Gathers the parcels of concurrent callers and commits them together, in the order they came.

    A parcel is a list of items that must be committed as one. Nobody waits for company: a caller who finds the
    committer idle is served at once, and alone. A caller who is cancelled meanwhile leaves the others undisturbed.
    """

    def __init__(self, commit: Callable[[list[Item]], Awaitable[list[Answer]]]) -> None:
        """Take `commit`, which answers each item in its place or raises for all of them."""
        self._commit = commit
        self._waiting: deque[Parcel[Item, Answer]] = deque()
        self._arrived = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to serve."""
        self._task = asyncio.create_task(self._serve(), name="group-commit")

    async def stop(self) -> None:
        """Commit what waits, then end."""
        self._stopping = True
        self._arrived.set()
        if self._task is not None:
            await self._task

    async def add(self, parcel: Sequence[Item]) -> list[Answer]:
        """Hand in a parcel and wait until it is committed; raises what the commit of its group raised."""
        if self._stopping or self._task is None:
            message = "nothing is accepted before start() or after stop()"
            raise RuntimeError(message)
        answers: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()
        self._waiting.append((parcel, answers))
        self._arrived.set()
        return await answers

    async def _serve(self) -> None:
        while not self._stopping or self._waiting:
            await self._arrived.wait()
            while self._waiting:
                if group := self._next_group():
                    await self._settle(group)
            if not self._stopping:
                self._arrived.clear()

    def _next_group(self) -> list[Parcel[Item, Answer]]:
        group: list[Parcel[Item, Answer]] = []
        size = 0
        while self._waiting and (not group or size + len(self._waiting[0][0]) <= LIMIT):
            parcel, answers = self._waiting.popleft()
            if not answers.cancelled():
                group.append((parcel, answers))
                size += len(parcel)
        return group

    async def _settle(self, group: list[Parcel[Item, Answer]]) -> None:
        try:
            answered = iter(await self._commit([item for parcel, _ in group for item in parcel]))
        except Exception as error:  # noqa: BLE001  (whatever it is, it is its callers' to handle; others go on)
            for _, answers in group:
                if not answers.done():
                    answers.set_exception(error)
            return
        for parcel, answers in group:
            mine = [next(answered) for _ in parcel]
            if not answers.done():
                answers.set_result(mine)
