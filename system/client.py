"""The Python client: submits tasks and waits for their results, in the same environment as the rest of TaskLab."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Literal, Self, TypedDict, Unpack

from system import wiring
from system.operations import breakers, dead_letters, inspect
from system.operations.alerts import alerts
from system.operations.cancel import cancel
from system.operations.describe import task_json
from system.operations.explain import explain
from system.operations.new_task import NewTask, milliseconds
from system.operations.scaling import scaling
from system.operations.submit import Submitter
from system.operations.wait import Endings
from system.queues.protocol import Queue
from system.queues.registry import WorkerRegistry
from system.storage.deaths import Deaths
from system.storage.store import Store
from system.tasks.errors import TaskFailed
from system.tasks.outcome import Reason
from system.tasks.task import DEFAULT_PRIORITY, DEFAULT_QUEUE, Status

CHUNK = 1_000  # tasks that submit_many accepts at once


@dataclass(frozen=True, slots=True)
class Parts:
    """What a client works with."""

    store: Store
    queue: Queue
    registry: WorkerRegistry
    submitter: Submitter


class Wanted(TypedDict, total=False):
    """Which dead tasks are meant; what is left out does not narrow. They died at `died_after` or later.

    Times need a time zone.
    """

    type: str
    queue: str
    reason: Reason
    died_after: datetime
    died_before: datetime


def _deaths(wanted: Wanted) -> Deaths:
    after, before = wanted.get("died_after"), wanted.get("died_before")
    return Deaths(
        type=wanted.get("type"),
        queue=wanted.get("queue"),
        reason=wanted.get("reason"),
        after_ms=None if after is None else milliseconds(after),
        before_ms=None if before is None else milliseconds(before),
    )


@asynccontextmanager
async def parts_of_environment() -> AsyncIterator[Parts]:
    """Connect to what the environment names, or to the system that `tasklab up` runs on this machine."""
    settings = wiring.locate(wiring.load_settings())
    wiring.import_handlers(settings)
    async with wiring.open_services(settings) as services:
        yield Parts(services.store, services.queue, services.registry, wiring.make_submitter(settings, services))


class Client:
    """Submits tasks and looks at them, while it is open.

        async with Client() as tasks:
            job = await tasks.submit("thumbnail", {"path": "a.png"}, priority=7)
            print(await job.result(timeout=10))

    It reads the environment variables that `tasklab` reads. The module of the handlers must have been imported, so
    that arguments can be checked.
    """

    def __init__(self, open_parts: Callable[[], AbstractAsyncContextManager[Parts]] = parts_of_environment) -> None:
        self._open_parts = open_parts
        self._undo = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as undo:
            parts = await undo.enter_async_context(self._open_parts())
            self._store, self._queue, self._submitter = parts.store, parts.queue, parts.submitter
            self._registry = parts.registry
            self._submitter.start()
            undo.push_async_callback(self._submitter.stop)
            self._endings = Endings(self._store, self._queue)
            undo.push_async_callback(self._endings.stop)
            self._undo = undo.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._undo.aclose()

    async def submit(
        self,
        type: str,
        payload: dict[str, Any] | None = None,
        *,
        queue: str = DEFAULT_QUEUE,
        priority: int = DEFAULT_PRIORITY,
        delay: float | None = None,
        run_at: datetime | None = None,
        max_attempts: int | None = None,
        timeout: float | None = None,
        idempotency_key: str | None = None,
    ) -> Job:
        """Submit a task and return once it is accepted for good; `delay` and `timeout` are seconds.

        Raises InvalidTask (UnknownType, InvalidPayload), Conflict, Overloaded, StoreUnavailable.
        """
        new = NewTask(
            type=type,
            payload={} if payload is None else payload,
            queue=queue,
            priority=priority,
            delay=delay,
            run_at=run_at,
            max_attempts=max_attempts,
            timeout=timeout,
        )
        accepted = await self._submitter.submit(new, idempotency_key)
        return Job(self, accepted.row.id, accepted.row.queue)

    async def submit_many(self, tasks: Iterable[NewTask | tuple[str, dict[str, Any]]]) -> list[Job]:
        """Submit many tasks, each given as (type, payload) or as a NewTask, and return their jobs in the same order.

        All are checked before any is accepted: InvalidBatch means none was. Then each thousand is accepted all or none.
        Raises Overloaded, StoreUnavailable, too.
        """
        news = [one if isinstance(one, NewTask) else NewTask(type=one[0], payload=one[1]) for one in tasks]
        self._submitter.validate(news)
        jobs: list[Job] = []
        for start in range(0, len(news), CHUNK):
            chunk = news[start : start + CHUNK]
            ids = await self._submitter.submit_many(chunk)
            jobs += [Job(self, task_id, new.queue) for task_id, new in zip(ids, chunk, strict=True)]
        return jobs

    async def get(self, task_id: str) -> dict[str, Any]:
        """Return a task as the HTTP API shows it, or raise NotFound."""
        row = await inspect.get(self._store, task_id, patience=self._submitter.patience)
        task: dict[str, Any] = json.loads(task_json(row))
        return task

    async def scaling(self) -> dict[str, Any]:
        """Return how many workers there should be, as `GET /scaling` shows it. Raises UpkeepUnavailable."""
        return await scaling(self._store)

    async def alerts(self) -> list[dict[str, Any]]:
        """Return how the alerts stand, as `GET /alerts` shows them."""
        return await alerts(self._store)

    async def cancel(self, task_id: str) -> None:
        """Cancel a task, waiting or running. Raises NotFound, AlreadyOver, QueueUnavailable."""
        await cancel(self._store, self._queue, task_id, patience=self._submitter.patience)

    async def explain(self, task_id: str) -> dict[str, Any]:
        """Say why a task is where it is: {"status": …, "because": [one sentence a reason]}. Raises NotFound."""
        patience = self._submitter.patience
        return asdict(await explain(self._store, self._queue, self._registry, task_id, patience=patience))

    async def breakers(self) -> list[dict[str, Any]]:
        """Return the circuit breakers as the HTTP API shows them."""
        return await breakers.find(self._queue.breakers)

    async def hold_breaker(self, name: str, how: Literal["open", "closed", "auto"]) -> None:
        """Hold a circuit breaker open or closed, or let it decide by itself. Raises NotFound, QueueUnavailable."""
        await breakers.hold(self._queue.breakers, name, breakers.Hold(how))

    async def job(self, task_id: str) -> Job:
        """Return the job of a task that was submitted elsewhere or before, or raise NotFound."""
        row = await inspect.get(self._store, task_id, patience=self._submitter.patience)
        return Job(self, row.id, row.queue)

    async def dead_letters(self, *, limit: int = CHUNK, **wanted: Unpack[Wanted]) -> list[dict[str, Any]]:
        """Return the dead tasks that fit as the HTTP API shows them, newest first."""
        page = await dead_letters.find(self._store, _deaths(wanted), limit=limit)
        return [json.loads(task_json(row)) for row in page.items]

    async def requeue_dead(self, **wanted: Unpack[Wanted]) -> int:
        """Bring back all dead tasks that fit, and return how many."""
        return await dead_letters.requeue_all(self._store, self._queue, _deaths(wanted))

    async def purge_dead(self, **wanted: Unpack[Wanted]) -> int:
        """Delete all dead tasks that fit for good, and return how many."""
        return await dead_letters.delete_all(self._store, _deaths(wanted))

    async def requeue(self, task_id: str) -> None:
        """Bring a dead task back under its id, with all its attempts before it. Raises NotFound, NotDead."""
        await dead_letters.requeue(self._store, self._queue, task_id)

    async def purge(self, task_id: str) -> None:
        """Delete a dead task for good. Raises NotFound, NotDead."""
        await dead_letters.delete(self._store, task_id)

    async def result(self, job: Job, timeout: float | None) -> Any:
        """Return what `job.result` returns."""
        async with asyncio.timeout(timeout):
            ended = await self._endings.wait(job.id, job.queue)
        if ended.status is not Status.SUCCEEDED:
            raise TaskFailed(ended.error or f"task {job.id} was {ended.status}")
        return json.loads(ended.result or "null")


class Job:
    """A submitted task; usable while its client is open."""

    def __init__(self, client: Client, task_id: str, queue: str) -> None:
        self.id = task_id
        self.queue = queue
        self._client = client

    def __repr__(self) -> str:
        return f"Job({self.id!r})"

    async def result(self, timeout: float | None = None) -> Any:
        """Wait for the end and return what the handler returned.

        Raises TaskFailed with the last error where it died or was cancelled, TimeoutError after `timeout` seconds.
        """
        return await self._client.result(self, timeout)

    async def status(self) -> Status:
        """Return where the task stands now."""
        return Status((await self._client.get(self.id))["status"])

    async def progress(self) -> dict[str, Any] | None:
        """Return how far the task last said it is: done (0 to 1), text, attempt, at; None if it said nothing."""
        progress: dict[str, Any] | None = (await self._client.get(self.id))["progress"]
        return progress

    async def explain(self) -> dict[str, Any]:
        """Say why the task is where it is; see Client.explain."""
        return await self._client.explain(self.id)

    async def cancel(self) -> None:
        """Cancel the task; see Client.cancel."""
        await self._client.cancel(self.id)
