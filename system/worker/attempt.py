"""One attempt at a task: check its arguments, run its handler within its time, turn the end into an outcome."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from system.tasks.errors import InvalidPayload
from system.tasks.outcome import Failed, Reason, Succeeded
from system.worker.held import Held, Stop
from system.worker.outcomes import failure, text, timed_out
from system.worker.runner import Runner

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
    held.slot = slot
    try:
        outcome = await runner.run(held.claim, seconds)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a handler's SystemExit or CancelledError is a failure like others
        outcome = failure(error, runner.handler.retry)
    finally:
        held.slot = None
        if timer is not None:
            timer.cancel()
    if held.stopped is not None:
        slot.uncancel()
        outcome = _stopped(held, runner, seconds)
    if slot.cancelling():
        raise asyncio.CancelledError  # meant for the slot itself
    return outcome


def _stopped(held: Held, runner: Runner, seconds: float | None) -> Failed:
    thread = runner.kind == "thread"
    if thread:
        log.warning("thread_left_running", task=held.claim.task.id, type=runner.handler.name, why=held.stopped)
    if held.stopped is Stop.TIMEOUT:
        return timed_out(seconds, runner.handler.retry, "; its thread runs on" * thread)
    return Failed(f"broken off: {held.stopped}")  # dropped or given back, never settled
