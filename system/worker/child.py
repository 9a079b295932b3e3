"""What runs inside a child process of `isolation="process"`: as little as possible is imported here."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import select
import signal
from multiprocessing.connection import Connection, wait
from threading import Thread

import orjson

from system.tasks.context import Report
from system.tasks.handlers import find
from system.tasks.outcome import Failed, Succeeded
from system.tasks.task import Claim
from system.worker.outcomes import call

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


def run(module: str, claim: Claim) -> Succeeded | Failed:
    """Run a claim's handler, which importing `module` registers."""
    importlib.import_module(module)
    return call(find(claim.task.type), claim, _report)


def _report(report: Report) -> None:
    """Send a report, in one write: all children share the pipe, and one that is killed must not break it for them."""
    message = orjson.dumps(report)
    if len(message) < select.PIPE_BUF:
        reports[0].send_bytes(message)
