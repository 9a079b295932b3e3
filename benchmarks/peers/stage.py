"""One queue at work: its files, its client, its workers, on a Redis that knows nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import reduce
from pathlib import Path

import system
from benchmarks.faults.waiting import until
from benchmarks.peers.adapter import Adapter
from benchmarks.peers.client import Client
from benchmarks.peers.crew import Member
from benchmarks.peers.environments import HERE, Environment, Unavailable
from benchmarks.peers.marks import IO, ROOM, Marks
from benchmarks.peers.server import Server

INSIDE = HERE / "inside"
START_SECONDS = 40.0
GREETING = 20  # tasks by which a worker shows that it is up
GREETING_SECONDS = 0.2
IO_SLOTS = 10
DATA = "data"
NOT_HANDED_ON = ("TASKLAB_", "PEER_", "PYTHON", "REDIS_URL", "DATABASE_URL", "DOCKET_", "CELERY_")


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
        self._client: Client | None = None

    @property
    def client(self) -> Client:
        """The client, started when it is first wanted."""
        if self._client is None:
            script = "bullmq_client.cjs" if self.adapter.node else "client.py"
            command = [str(self._environment.python), str(INSIDE / script), self.adapter.module]
            self._client = Client(self._start(command, "client", {}, pipes=True))
        return self._client

    def start_services(self) -> None:
        """Start what has to run beside the workers."""
        if self.adapter.services is None:
            return
        (self._folder / DATA).mkdir()
        service = self._start(self._fill(self.adapter.services, {}), "services", {})
        wanted = self.adapter.services_ready
        try:
            until(lambda: wanted in service.log.read_text("utf-8", errors="replace"), wanted, seconds=START_SECONDS)
        except TimeoutError:
            raise Unavailable(service.last_words()) from None

    def employ(self, count: int, *, slots: int, io: bool = False) -> None:
        """Start workers until there are `count`, and wait until each has run a task. The gate must be open."""
        self.slots = slots
        while len(self.workers) < count:
            number = len(self.workers) + 1
            variables = {"PEER_WORKER": str(number), "PEER_SLOTS": str(slots)}
            command = self._fill(self.adapter.command(io=io), variables)
            options = self.adapter.tuned_options if self.tuned else ()
            self.workers.append(self._start([*command, *options], f"worker-{number}", variables))
        self._greet(set(range(1, count + 1)))

    def _greet(self, wanted: set[int]) -> None:
        """Submit short tasks until every worker has run one."""
        self.marks.clear(ROOM)
        sent = 0
        seconds = 0.0
        while not wanted <= self.marks.workers(sent):
            if dead := [worker for worker in self.workers if not worker.alive]:
                message = f"a worker died: {dead[0].last_words()}"
                raise Unavailable(message)
            if (seconds := seconds + GREETING_SECONDS) > START_SECONDS:
                message = (
                    f"workers {wanted - self.marks.workers(sent)} did not come up: {self.workers[-1].last_words()}"
                )
                raise Unavailable(message)
            self.client.one(IO, GREETING * len(wanted), first=sent)
            sent += GREETING * len(wanted)
            self.settle(sent, GREETING_SECONDS)
        self.settle(sent, START_SECONDS)
        self.marks.clear(sent)

    def settle(self, count: int, seconds: float) -> bool:
        """Wait until the tasks 0 to `count` have run; returns whether they have."""
        try:
            until(lambda: self.marks.done(count) >= count, "tasks run", seconds=seconds)
        except TimeoutError:
            return False
        return True

    def _fill(self, command: tuple[str, ...], variables: dict[str, str]) -> list[str]:
        python = self._environment.python
        places = {
            "{python}": str(python),
            "{bin}": str(python.parent),
            "{inside}": str(INSIDE),
            "{url}": self.server.url,
            "{slots}": variables.get("PEER_SLOTS", ""),
            "{worker}": f"worker-{variables.get('PEER_WORKER', '')}",
        }
        return [reduce(lambda text, place: text.replace(place, places[place]), places, part) for part in command]

    def _start(self, command: list[str], name: str, variables: dict[str, str], *, pipes: bool = False) -> Member:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(NOT_HANDED_ON)}
        paths = [str(INSIDE)]
        if self.adapter.environment is None:
            paths.append(str(Path(system.__path__[0]).parent))
        places = {
            "PYTHONPATH": os.pathsep.join(paths),
            "PEER_URL": self.server.url,
            "PEER_TUNED": "1" if self.tuned else "",
            "PEER_FOLDER": str(self._folder),
            "REDIS_URL": self.server.url,
            "TASKLAB_DATA": str(self._folder / DATA),
        }
        everything = inherited | places | self._environment.variables | self.adapter.variables | variables
        member = Member(command, everything, self._folder / f"{name}.log", pipes=pipes)
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
