"""One attempt at a task: check its arguments, run its handler within its time, turn the end into an outcome."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from system.tasks.errors import InvalidPayload
from system.tasks.outcome import Failed, Reason, Succeeded
from system.worker.held import Held, Stop
from system.worker.outcomes import call, failure, text, timed_out
from system.worker.runner import Runner
from system.worker.stacks import of_error, of_thread

log = structlog.get_logger("worker")


async def attempt(held: Held, runner: Runner, slot: asyncio.Task[Any]) -> Succeeded | Failed:
    """Run a claim's handler inside `slot`, the current task.

    A stop (time is up, lease lost, shutdown) cancels the slot, but hits the handler alone: here it ends. Whether the
    outcome of a stopped attempt is of any use is said by `held.stopped`.
    """
    task = held.claim.task
    try:
        runner.handler.check(task.payload)
    except InvalidPayload as error:
        return Failed(text(str(error)), retryable=False, reason=Reason.INVALID_PAYLOAD)
    seconds = runner.handler.timeout if task.timeout is None else task.timeout
    timer = None
    if seconds is not None and runner.kind != "process":
        timer = asyncio.get_running_loop().call_later(seconds, held.stop, Stop.TIMEOUT)
    held.slot, where = slot, ""
    try:
        outcome = await runner.run(held.claim, seconds)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a handler's SystemExit or CancelledError is a failure like others
        outcome = failure(error, runner.handler.retry, runner.handler.breaker)
        where = of_error(error) if held.stopped is Stop.TIMEOUT else ""
    finally:
        held.slot = None
        if timer is not None:
            timer.cancel()
    if held.stopped is not None:
        slot.uncancel()
        outcome = _stopped(held, runner, seconds, where)
    if slot.cancelling():
        raise asyncio.CancelledError  # meant for the slot itself
    return outcome


def _stopped(held: Held, runner: Runner, seconds: float | None, where: str) -> Failed:
    thread = runner.kind == "thread"
    if thread:
        log.warning("thread_left_running", task=held.claim.task.id, type=runner.handler.name, why=held.stopped)
    if held.stopped is Stop.TIMEOUT:
        where = of_thread(held.claim, call.__code__) if thread else where
        return timed_out(seconds, runner.handler.retry, "; its thread runs on" * thread, where)
    return Failed(f"broken off: {held.stopped}")  # dropped or given back, never settled
