"""One process's part of an open loop: the schedule, the senders, and the end of both."""

from __future__ import annotations

from argparse import Namespace
from itertools import count
from pathlib import Path

import gevent
import orjson
from gevent.pool import Pool
from locust.contrib.fasthttp import FastHttpSession
from locust.event import EventHook

from benchmarks.open_loop.calls import Calls, now
from benchmarks.open_loop.completion import Completion
from benchmarks.open_loop.following import draw, offsets
from benchmarks.open_loop.log import CallLog

LOOK_SECONDS = 1.0
LAST_ENDS_SECONDS = 10.0  # so long after the last answer tasks are still watched


class Loop:
    """Begins when it is made. Times are milliseconds since 1970, pauses are seconds."""

    def __init__(self, options: Namespace, client: FastHttpSession, fire: EventHook, part: int, parts: int) -> None:
        self._client = client
        self._patience = options.patience
        self._names = (f"{options.client}-{number}" for number in count(part, parts))
        self._draw = draw(options, part)
        self._log = CallLog(Path(options.log) if options.log else None)
        self._calls = Calls(client, fire, self._log)
        self._watches = options.watch == "yes"
        self._completion = Completion(self._get, self._calls.done)
        self._senders = Pool(options.senders)
        begin = now()
        self._times = (begin + at * 1000 for at in offsets(options, part, parts))
        self._due = next(self._times, None)
        self._watching = gevent.spawn(self._watch)

    @property
    def over(self) -> bool:
        """Whether the schedule has come to its end."""
        return self._due is None

    def pause(self) -> float:
        """Return how long it is until the next call."""
        return max(0.0, (self._due or 0.0) - now()) / 1000

    def send(self) -> None:
        """Give the next call to a sender if it is due, as soon as one is free."""
        if self._due is not None and self._due <= now():
            name = next(self._names)
            self._senders.spawn(self._call, name, self._due)
            self._due = next(self._times, None)

    def end(self) -> None:
        """Send what is due by now as far as senders are free, and wait for answers, then for ends."""
        present = now()
        while self._due is not None and self._due <= present:
            if self._senders.full():
                self._calls.miss(self._due)
                self._due = next(self._times, None)
            else:
                self.send()
        self._senders.join()
        self._watching.kill()
        patient_until = now() + LAST_ENDS_SECONDS * 1000
        while self._completion and now() < patient_until:
            self._completion.look(pages=len(self._completion))
            gevent.sleep(LOOK_SECONDS / 4)
        self._calls.unfinished(len(self._completion))
        self._log.close()

    def _call(self, name: str, due: float) -> None:
        task_id = self._calls.make(name, due, self._draw(f"{name}/0"), self._patience)
        if task_id and self._watches:
            self._completion.expect(task_id, due)

    def _watch(self) -> None:
        while True:
            gevent.sleep(LOOK_SECONDS)
            self._completion.look()

    def _get(self, path: str) -> object:
        # A caught response that is not entered stays out of the statistics: it is not part of the load.
        response = self._client.get(path, catch_response=True)
        return orjson.loads(response.content) if response.status_code == 200 else None  # noqa: PLR2004
