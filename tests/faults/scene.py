"""The scene of a fault: a Redis, a record, and TaskLab's processes, each started, hit and looked at by itself."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from benchmarks.checker import Report, Run, Verdict, check, from_journal, from_sql
from benchmarks.faults.log import FaultLog
from benchmarks.faults.proxy import Proxy
from system.local.output import Output
from system.local.ports import LOOPBACK, listen, url_of
from system.local.redis_server import RedisServer
from system.settings import Settings
from system.storage.positions import place
from system.storage.rows import TaskRow
from system.tasks.errors import TaskLabError
from system.tasks.task import DEFAULT_QUEUE
from system.wiring import Services, import_handlers, make_submitter, migrate, open_services, with_places
from tests.faults.callers import Callers
from tests.faults.handlers import JOURNAL
from tests.faults.program import Program
from tests.faults.waiting import until
from tests.faults.witness import Witness

ROOT = Path(__file__).parents[2]
HANDLERS = "tests.faults.handlers"
QUICK = "tests.faults.quick_upkeep"
LEASE_SECONDS = 1.0


class Scene:
    """Everything there is; `scene` makes one. Processes are started by `worker`, `upkeep` and `api`."""

    def __init__(
        self,
        folder: Path,
        *,
        redis: RedisServer,
        settings: Settings,
        services: Services,
        callers: Callers,
        descriptor: int,
    ) -> None:
        self.folder = folder
        self.redis = redis
        self.settings = settings
        self.services = services
        self.callers = callers
        self.log = FaultLog()
        self.witness = Witness(services.queue)
        self._journal = folder / "journal.jsonl"
        self._descriptor = descriptor
        self._output = Output(folder / "logs")
        self._programs: list[Program] = []

    def worker(
        self,
        name: str = "worker",
        *,
        module: str = "system",
        prefix: Sequence[str] = (),
        concurrency: int = 10,
        **environment: str,
    ) -> Program:
        """Start a worker, as on another machine: nobody ends its leases when it dies."""
        arguments = ["worker", "--id", name, "--concurrency", str(concurrency)]
        return self._start(name, [*prefix, sys.executable, "-m", module, *arguments], environment)

    def upkeep(
        self, name: str = "upkeep", *, module: str = QUICK, prefix: Sequence[str] = (), **environment: str
    ) -> Program:
        """Start upkeep; one that is less patient than in earnest, unless it is another `module`'s."""
        return self._start(name, [*prefix, sys.executable, "-m", module, "upkeep"], environment)

    def api(self, name: str = "api", *, prefix: Sequence[str] = (), **environment: str) -> Program:
        """Start an API on the one socket that all callers know; they wait there while none serves it."""
        command = [*prefix, sys.executable, "-m", "system", "api", "--socket", str(self._descriptor)]
        return self._start(name, command, environment, pass_fds=(self._descriptor,))

    def link(self) -> Proxy:
        """Make a link to Redis that can be broken; lead a worker through it by its REDIS_URL."""
        return Proxy(LOOPBACK, self.redis.port or 0)

    async def at_work(self, *names: str) -> None:
        """Wait until workers have reported."""

        async def reported() -> bool:
            return set(names) <= {info["id"] for info in await self.services.registry.workers()}

        await until(reported, f"a sign of life of {names}")

    async def over(self, ids: Sequence[str]) -> list[TaskRow]:
        """Wait until the record says that tasks are over; return their rows in the same order."""

        async def rows() -> list[TaskRow] | None:
            found = {row.id: row for row in await self.services.store.get_many(ids)}
            return [found[i] for i in ids] if all(i in found and found[i].status.over for i in ids) else None

        ended: list[TaskRow] = await until(rows, f"the end of {len(ids)} tasks")
        return ended

    async def outcomes(self, task_id: str) -> list[str | None]:
        """Return how a task's attempts came out, the first one first."""
        return [attempt.outcome for attempt in await self.services.store.attempts(task_id)]

    def effects(self, task_id: str, worker: str | None = None) -> list[Run]:
        """Return what a task did to the world outside, oldest first; each effect names the token it was done under."""
        runs = from_journal(self._journal).runs if self._journal.exists() else []
        return [
            run for run in runs if run.task_id == task_id and worker in (None, (run.worker or "").partition(":")[2])
        ]

    async def judge(self, seconds: float = 60.0) -> Report:
        """Let everything come to rest, and hand the checker's report over if its verdict is good."""
        await until(self._at_rest, "rest", seconds)
        history = await from_sql(self.services.database)
        history.operations = self.callers.operations
        history.faults, history.refusals = self.log.faults, self.witness.refusals()
        ids = [end.task_id for end in history.ends or ()]
        history.leftovers = sorted(set(ids) - set(await self.services.queue.missing(DEFAULT_QUEUE, ids)))
        history.drained, history.lease_seconds = True, self.settings.lease_seconds
        report = check(history)
        assert report.verdict is Verdict.VALID, report.text()
        return report

    def close(self) -> None:
        """End all processes."""
        for program in self._programs:
            program.close()

    async def _at_rest(self) -> bool:
        services = self.services
        try:
            tail, stats = place(await services.queue.tail(DEFAULT_QUEUE)), await services.queue.stats(DEFAULT_QUEUE)
            if stats.ready or stats.leased or stats.scheduled or await services.store.count_open():
                return False
            return min(place(await services.store.position(DEFAULT_QUEUE)), place(self.witness.position)) >= tail
        except TaskLabError:
            return False

    def _start(self, name: str, command: list[str], environment: dict[str, str], **options: Any) -> Program:
        surroundings = {
            **os.environ,
            **self.settings.to_environment(),
            "PYTHONPATH": str(ROOT),
            JOURNAL: str(self._journal),
            **environment,
        }
        process = self._output.popen(name, [*command, "--supervised"], environment=surroundings, **options)
        program = Program(name, process, self.log, self.folder / "logs" / f"{name}.log")
        self._programs.append(program)
        return program


@asynccontextmanager
async def scene(
    folder: Path, *, redis: RedisServer | None = None, redis_url: str | None = None, **knobs: Any
) -> AsyncIterator[Scene]:
    """Set the scene in a folder, with no process of TaskLab yet; nothing is left afterwards.

    `redis` is a server to be used instead of one in the folder, `redis_url` leads to one that is up already; `knobs`
    are settings.
    """
    async with AsyncExitStack() as undo:
        server = redis or RedisServer(folder / "redis")
        url = redis_url or undo.enter_context(server).url
        given = {"data": folder / "data", "redis_url": url, "lease_seconds": LEASE_SECONDS, "imports": HANDLERS} | knobs
        settings = with_places(Settings(**given))
        settings.data.mkdir()
        import_handlers(settings)
        services = await undo.enter_async_context(open_services(settings))
        await migrate(services)
        submitter = make_submitter(settings, services)
        submitter.start()
        undo.push_async_callback(submitter.stop)
        socket = undo.enter_context(listen(LOOPBACK, 0))
        callers = Callers(url_of(socket), submitter)
        undo.push_async_callback(callers.http.aclose)
        made = Scene(
            folder, redis=server, settings=settings, services=services, callers=callers, descriptor=socket.fileno()
        )
        undo.callback(made.close)
        looking = asyncio.create_task(made.witness.run())
        undo.push_async_callback(_end, looking)
        yield made


async def _end(looking: asyncio.Task[None]) -> None:
    while not looking.done():
        looking.cancel()  # again, because the Redis client may swallow it (wait_for of Python 3.11)
        await asyncio.wait([looking], timeout=0.5)
