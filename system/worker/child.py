"""What runs inside a child process of `isolation="process"`: as little as possible is imported here."""

from __future__ import annotations

import faulthandler
import importlib
import multiprocessing
import os
import select
import signal
from contextlib import nullcontext
from multiprocessing.connection import Connection, wait
from threading import Thread

import orjson

from system.tasks.context import Report
from system.tasks.errors import SoftTimeLimit
from system.tasks.handlers import Handler, find
from system.tasks.outcome import Failed, Succeeded
from system.tasks.task import Claim
from system.worker.outcomes import call, failure

reports: list[Connection] = []
"""The pipe to the worker, once there is one."""


def prepare(pipe: Connection) -> None:
    """Tie the child to its worker: it outlives it in no case, only the worker ends it, and what it says goes there.

    A drain signals the whole group with SIGTERM in some set-ups; then the child must finish its task, as the worker
    lets all others finish theirs. What has to be killed is killed with SIGKILL.
    """
    reports[:] = [pipe]
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def run(module: str, claim: Claim, dump: str | None = None, dump_after: float = 0.0) -> Succeeded | Failed:
    """Run a claim's handler, which importing `module` registers; see to it that where it hangs is written to `dump`.

    That is faulthandler's work: it needs nothing of Python, so it also tells of code that never comes back to it.
    """
    with open(dump, "w") if dump else nullcontext() as file:  # noqa: PTH123 - pathlib is not loaded here
        if file is not None:
            faulthandler.dump_traceback_later(dump_after, file=file)
        try:
            importlib.import_module(module)
            handler = find(claim.task.type)
            if handler.soft_timeout is None:
                return call(handler, claim, _report)
            return _run_softly(handler, claim, handler.soft_timeout)
        finally:
            faulthandler.cancel_dump_traceback_later()


def _run_softly(handler: Handler, claim: Claim, seconds: float) -> Succeeded | Failed:
    """Let an alarm raise SoftTimeLimit; it also ends what waits inside the system, as time.sleep does."""

    def strike(*_: object) -> None:
        raise SoftTimeLimit

    signal.signal(signal.SIGALRM, strike)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        try:
            return call(handler, claim, _report)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except SoftTimeLimit as late:  # it hit between the handler's end and here
        return failure(late, handler.retry)


def _report(report: Report) -> None:
    """Send a report, in one write: all children share the pipe, and one that is killed must not break it for them."""
    message = orjson.dumps(report)
    if len(message) < select.PIPE_BUF:
        reports[0].send_bytes(message)
