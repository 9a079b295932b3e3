"""Locust for TaskLab: `locust -f benchmarks/locustfile.py --host http://127.0.0.1:8000`; more in benchmarks/README.md.

Two kinds of users. ClosedLoop, the default, is an ordinary one. OpenLoop, where it is named on the command line, calls
by a schedule that waits for nobody. API keys are read from TASKLAB_API_KEYS.
"""

from __future__ import annotations

import itertools
import os
import time
from argparse import Namespace
from http import HTTPStatus
from typing import Any

import gevent
from locust import FastHttpUser, events, task
from locust.env import Environment
from locust.runners import WorkerRunner

from benchmarks.open_loop import options, sharing
from benchmarks.open_loop.following import draw
from benchmarks.open_loop.key import authorization
from benchmarks.open_loop.user import ANSWER_SECONDS, OpenLoop

__all__ = ["ClosedLoop", "OpenLoop"]  # Locust finds its users by their names in this file

POLLS = (0.05, 0.1, 0.2, 0.5)  # seconds between a user's looks, then a second each
OVER = {"succeeded", "dead", "cancelled"}
NUMBERS = itertools.count()


class ClosedLoop(FastHttpUser):
    """Submits a task, waits until it is done, rests, submits the next: a person at a page, or a script.

    While the server hangs, so does this user, and what it does not ask meanwhile is in none of its numbers.
    """

    network_timeout = connection_timeout = ANSWER_SECONDS

    def __init__(self, environment: Environment) -> None:
        self.default_headers = authorization(os.environ)
        super().__init__(environment)
        self._options = environment.parsed_options or Namespace()
        self._name = f"{self._options.client}-{os.getpid()}-{next(NUMBERS)}"
        self._draw = draw(self._options, self._name)
        self._marks = (f"{self._name}-{number}/0" for number in itertools.count())

    def wait_time(self) -> float:
        """Rest."""
        return float(self._options.think)

    @task
    def submit_and_wait(self) -> None:
        """Submit a task and look until it is over."""
        begin = time.monotonic()
        answer = self.client.post("/tasks", json=self._draw(next(self._marks)))
        if answer.status_code == HTTPStatus.ACCEPTED and self._options.watch == "yes":
            status = self._end_of(answer.json()["id"])
            self.environment.events.request.fire(
                request_type="task",
                name="from the submit until seen to be done",
                response_time=(time.monotonic() - begin) * 1000,
                response_length=0,
                exception=None if status == "succeeded" else status,
            )

    def _end_of(self, task_id: str) -> str:
        status, pauses = "", itertools.chain(POLLS, itertools.repeat(1.0))
        while status not in OVER:
            gevent.sleep(next(pauses))
            answer = self.client.get(f"/tasks/{task_id}", name="/tasks/{id}")
            if answer.status_code != HTTPStatus.OK:
                return f"HTTP {answer.status_code}"
            status = str(answer.json()["status"])
        return status


def choose(environment: Environment, **_: Any) -> None:
    """Run ClosedLoop alone where nobody names a class: the two side by side would blur each other's numbers."""
    given = environment.parsed_options or Namespace()
    # A worker keeps both: its master says which it runs.
    if not (given.user_classes or given.class_picker or isinstance(environment.runner, WorkerRunner)):
        environment.user_classes = [ClosedLoop]


events.init_command_line_parser.add_listener(options.add)
events.init.add_listener(choose)
events.test_start.add_listener(sharing.share_out)
