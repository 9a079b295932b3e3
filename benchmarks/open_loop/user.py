"""The open loop as a Locust user: calls go out when the schedule says so, whatever the answers take."""

from __future__ import annotations

import logging
import os
from argparse import Namespace
from typing import ClassVar

import gevent
from locust import FastHttpUser, task
from locust.env import Environment
from locust.exception import StopUser
from locust.runners import STATE_RUNNING, STATE_SPAWNING, LocalRunner

from benchmarks.open_loop.key import authorization
from benchmarks.open_loop.loop import Loop
from benchmarks.open_loop.payloads import BadMix
from benchmarks.open_loop.schedule import BadSchedule
from benchmarks.open_loop.sharing import part_of

ANSWER_SECONDS = 20.0

log = logging.getLogger(__name__)


class OpenLoop(FastHttpUser):
    """Follows the schedule; one user a process does it all, with `--senders` greenlets to call for it.

    Locust's wait between two tasks is the wait for the next arrival. When all senders are busy, arrivals line up and
    go out late: the naive row hides that, the corrected row shows it.
    """

    network_timeout = connection_timeout = ANSWER_SECONDS
    leading: ClassVar[bool] = False
    """Whether this process has a user that follows the schedule; further ones have nothing to do and leave."""

    def __init__(self, environment: Environment) -> None:
        self._options = environment.parsed_options or Namespace()
        self.concurrency = self._options.senders + 1  # connections: one a sender, one to watch with
        self.default_headers = authorization(os.environ)
        super().__init__(environment)
        self._loop: Loop | None = None

    def on_start(self) -> None:
        """Begin the schedule; one that can't be followed ends the run with exit code 2."""
        if OpenLoop.leading:
            return
        request = self.environment.events.request
        try:
            self._loop = Loop(self._options, self.client, request, *part_of(self.environment))
        except (BadSchedule, BadMix, OSError) as error:
            log.error("no such load: %s", error)  # noqa: TRY400 (one clear line)
            self.environment.process_exit_code = 2
            self._end_run()
        else:
            OpenLoop.leading = True

    @task
    def send(self) -> None:
        """Make the call that is due."""
        if self._loop is not None:
            self._loop.send()

    def wait_time(self) -> float:
        """Return the seconds until the next call is due."""
        if self._loop is None or self._loop.over:
            raise StopUser
        return self._loop.pause()

    def on_stop(self) -> None:
        """Wait for what is under way. A schedule that came to its end ends the run."""
        if self._loop is not None:
            self._loop.end()
            OpenLoop.leading = False
            if self._loop.over:
                self._end_run()

    def _end_run(self) -> None:
        runner = self.environment.runner
        # A worker of a master can't end the run: the master's --run-time does.
        if isinstance(runner, LocalRunner) and runner.state in {STATE_SPAWNING, STATE_RUNNING}:
            gevent.spawn(runner.stop if self.environment.web_ui else runner.quit)
