"""Between a worker and the queue: every call is a request on its way there and a reply on its way back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from benchmarks.simulation.loops import Loop
from benchmarks.simulation.process import Process
from benchmarks.simulation.scenario import Weather
from system.tasks.errors import QueueUnavailable

RESETS = 0.5  # of the messages that get lost: their caller learns that the connection broke; of the others, nothing
RESET_SECONDS = 0.02  # within which it learns

SLEEPS = frozenset({"wait", "take_marker"})  # calls whose last argument says how long they may take

Method = Callable[..., Coroutine[Any, Any, Any]]


@dataclass(frozen=True, slots=True)
class Disturbance:
    """A call of a worker that was not answered as it should have been."""

    worker: str
    verb: str
    what: str
    at: float
    until: float


class Network:
    """Carries calls to the server's loop, as well as the weather allows."""

    def __init__(self, server: Loop, weather: Weather, random: Random, disturbances: list[Disturbance]) -> None:
        self._disturbances = disturbances
        self._fair = False
        self._server = server
        self._weather = weather
        self._random = random
        self._cuts: dict[tuple[str, str], float] = {}

    def cut(self, process: Process, what: str, until: float) -> None:
        """Lose all that a process sends ("request") or all that it is sent ("reply") up to a time."""
        self._cuts[process.name, what] = until

    def heal(self) -> None:
        """Let every message arrive in time from now on."""
        self._fair = True
        self._cuts.clear()

    async def call(self, process: Process, verb: str, method: Method, *args: Any, **kwargs: Any) -> Any:
        """Call a method of the server; raises QueueUnavailable where no answer comes in time."""
        if not process.alive:
            message = "the dead have no calls"
            raise QueueUnavailable(message)
        loop = asyncio.get_running_loop()
        if not isinstance(loop, Loop):
            message = "only simulated threads can call"
            raise TypeError(message)
        call = Call(self, process, verb, loop, partial(method, *args, **kwargs))
        patience = self._weather.patience + (args[-1] if verb in SLEEPS else 0.0)
        timer = loop.call_later(patience, call.fail, "no answer")
        self._send(call, "request", self._weather.lost_request, self._server, call.serve)
        try:
            return await call.answer
        finally:
            timer.cancel()
            if verb in SLEEPS:
                call.hang_up()

    def reply(self, call: Call) -> None:
        """Send an answer back."""
        self._send(call, "reply", self._weather.lost_reply, call.loop, call.deliver)

    def _send(self, call: Call, what: str, loss: float, to: Loop, arrive: Callable[[], None]) -> None:
        random, weather = self._random.random, self._weather
        now = call.loop.time()
        if self._cuts.get((call.process.name, what), 0.0) > now or (not self._fair and random() < loss):
            if random() < RESETS:
                call.loop.call_later(random() * RESET_SECONDS, call.fail, "connection reset")
            self._note(call, f"loses its {what}", now + weather.patience)
            return
        delay = weather.latency * (0.5 + random())
        if not self._fair and random() < weather.slow:
            delay += random() * weather.slowest
            self._note(call, f"has a {what} that takes {delay:.3f} s", now + delay)
        to.call_later(delay, arrive)

    def _note(self, call: Call, what: str, until: float) -> None:
        self._disturbances.append(Disturbance(call.process.name, call.verb, what, call.sent, until))


class Call:
    """One call, from the request to the end of waiting for the reply."""

    def __init__(
        self, network: Network, process: Process, verb: str, loop: Loop, method: Callable[[], Coroutine[Any, Any, Any]]
    ) -> None:
        self.process = process
        self.verb = verb
        self.loop = loop
        self.sent = loop.time()
        self.answer: asyncio.Future[Any] = loop.create_future()
        self._network = network
        self._method = method
        self._served: asyncio.Task[Any] | None = None

    def serve(self) -> None:
        """Carry the call out; this happens in the server's loop."""
        self._served = asyncio.get_running_loop().create_task(self._method())
        self._served.add_done_callback(self._reply)

    def _reply(self, served: asyncio.Task[Any]) -> None:
        if not served.cancelled():
            self._network.reply(self)

    def deliver(self) -> None:
        """Give the caller its answer, if it still waits."""
        if self.answer.done() or self._served is None:
            return
        error = self._served.exception()
        if error is None:
            self.answer.set_result(self._served.result())
        else:
            self.answer.set_exception(error)

    def fail(self, why: str) -> None:
        """Let the caller wait no longer."""
        if not self.answer.done():
            self.answer.set_exception(QueueUnavailable(why))

    def hang_up(self) -> None:
        """Tell the server that nobody waits any more, which ends a call that only waits."""
        if self._served is not None and not self._served.done():
            self._served.cancel()


class Remote:
    """A queue or registry as one process sees it."""

    def __init__(self, network: Network, process: Process, target: Any) -> None:
        self._network = network
        self._process = process
        self._target = target

    def __getattr__(self, name: str) -> Any:
        """Turn methods into calls; attributes are known without asking."""
        attribute = getattr(self._target, name)
        return partial(self._network.call, self._process, name, attribute) if callable(attribute) else attribute
