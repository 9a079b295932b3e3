"""One queue at work: its files, its client, its workers, on a Redis that knows nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from benchmarks.faults.waiting import until
from benchmarks.peers.adapter import Adapter
from benchmarks.peers.client import Client
from benchmarks.peers.commands import DATA, command, variables
from benchmarks.peers.crew import Member
from benchmarks.peers.environments import Environment, Unavailable
from benchmarks.peers.marks import IO, ROOM, Marks
from benchmarks.peers.server import Server

START_SECONDS = 40.0
GREETING = 20  # tasks by which a worker shows that it is up
GREETING_SECONDS = 0.2
IO_SLOTS = 10


class Stage:
    """Made by `stage`, which ends what it starts."""

    def __init__(
        self, adapter: Adapter, environment: Environment, server: Server, folder: Path, undo: ExitStack, *, tuned: bool
    ) -> None:
        self.adapter, self.server, self.tuned = adapter, server, tuned
        self.marks = undo.enter_context(Marks(folder))
        self.workers: list[Member] = []
        self.slots = 1
        self._environment, self._folder, self._undo = environment, folder, undo
        self._variables = variables(adapter, environment, url=server.url, folder=folder, tuned=tuned)
        self._members: list[Member] = []
        self._client: Client | None = None

    @property
    def client(self) -> Client:
        """The client, started when it is first wanted."""
        if self._client is None:
            script = "bullmq_client.cjs" if self.adapter.node else "client.py"
            parts = ("{python}", f"{{inside}}/{script}", self.adapter.module)
            self._client = Client(self._start(parts, "client", {}, pipes=True))
        return self._client

    def start_services(self) -> None:
        """Start what has to run beside the workers."""
        if self.adapter.services is None:
            return
        (self._folder / DATA).mkdir()
        service = self._start(self.adapter.services, "services", {})
        wanted = self.adapter.services_ready
        try:
            until(lambda: wanted in service.log.read_text("utf-8", errors="replace"), wanted, seconds=START_SECONDS)
        except TimeoutError:
            raise Unavailable(service.last_words()) from None

    def employ(self, count: int, *, slots: int, io: bool = False) -> None:
        """Start workers until there are `count`, and wait until each has run a task. The gate must be open."""
        self.slots = slots
        while self.adapter.worker and len(self.workers) < count:
            number = len(self.workers) + 1
            options = self.adapter.tuned_options if self.tuned else ()
            told = {"PEER_WORKER": str(number), "PEER_SLOTS": str(slots)}
            self.workers.append(self._start((*self.adapter.command(io=io), *options), f"worker-{number}", told))
        self._greet(count)

    def _greet(self, wanted: int) -> None:
        """Submit short tasks until every worker has run one."""
        self.marks.clear(ROOM)
        sent = 0
        seconds = 0.0
        while (up := len(self.marks.workers(sent))) < wanted:
            if dead := [worker for worker in self.workers if not worker.alive]:
                message = f"a worker died: {dead[0].last_words()}"
                raise Unavailable(message)
            if (seconds := seconds + GREETING_SECONDS) > START_SECONDS:
                message = f"{up} of {wanted} workers came up: {self._members[-1].last_words()}"
                raise Unavailable(message)
            self.client.one(IO, GREETING * wanted, first=sent)
            sent += GREETING * wanted
            self.settle(sent, GREETING_SECONDS)
        self.settle(sent, START_SECONDS)
        self.marks.clear(sent)

    def kill(self, worker: str) -> None:
        """Kill a worker, by its number or, where something else has started it, by its process id."""
        if self.workers:
            self.workers[int(worker) - 1].kill()
        else:
            psutil.Process(int(worker)).kill()

    def settle(self, count: int, seconds: float) -> bool:
        """Wait until the tasks 0 to `count` have run; returns whether they have."""
        try:
            until(lambda: self.marks.done(count) >= count, "tasks run", seconds=seconds)
        except TimeoutError:
            return False
        return True

    def _start(self, parts: Sequence[str], name: str, more: dict[str, str], *, pipes: bool = False) -> Member:
        told = self._variables | more
        member = Member(command(parts, self._environment, told), told, self._folder / f"{name}.log", pipes=pipes)
        self._members.append(member)
        self._undo.callback(member.kill)
        return member


@contextmanager
def stage(
    adapter: Adapter, environment: Environment, server: Server, folder: Path, *, tuned: bool = False
) -> Iterator[Stage]:
    """Set up a queue in a new folder and an empty Redis; everything is over when the block is."""
    server.clear()
    with ExitStack() as undo:
        current = Stage(adapter, environment, server, folder.absolute(), undo, tuned=tuned)
        current.start_services()
        yield current
