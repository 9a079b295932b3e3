"""Locust in several processes: its master tells each worker which part of the one schedule is its own."""

from __future__ import annotations

import logging
from typing import Any

from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

log = logging.getLogger(__name__)


def share_out(environment: Environment, **_: Any) -> None:
    """Listen to Locust's `test_start`: the parts travel with the options that a master sends its workers."""
    runner = environment.runner
    if isinstance(runner, MasterRunner) and environment.parsed_options is not None:
        workers = [*runner.clients.ready, *runner.clients.running, *runner.clients.spawning]
        environment.parsed_options.parts = {worker.id: part for part, worker in enumerate(workers)}
        if runner.target_user_count < len(workers):
            log.error("part of the load is not made: each worker needs a user, so -u %d", len(workers))


def part_of(environment: Environment) -> tuple[int, int]:
    """Return the number of this process's part, from 0, and how many parts there are."""
    runner = environment.runner
    if isinstance(runner, WorkerRunner) and environment.parsed_options is not None:
        parts: dict[str, int] = environment.parsed_options.parts
        return parts[runner.client_id], len(parts)
    return 0, 1
