"""What runs inside a child process of `isolation="process"`: as little as possible is imported here."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
from multiprocessing.connection import wait
from threading import Thread

from system.tasks.handlers import find
from system.tasks.outcome import Failed, Succeeded
from system.tasks.task import Claim
from system.worker.outcomes import call


def prepare() -> None:
    """Tie the child to its worker: it outlives it in no case, and only the worker ends it.

    A drain signals the whole group with SIGTERM in some set-ups; then the child must finish its task, as the worker
    lets all others finish theirs. What has to be killed is killed with SIGKILL.
    """
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
    return call(find(claim.task.type), claim)
