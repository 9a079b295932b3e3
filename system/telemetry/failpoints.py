"""Failpoints: named places in the code where a process can be made to kill itself, to try what a crash there does.

    TASKLAB_FAULTS=1 TASKLAB_FAILPOINT=worker.after_claim:3 tasklab worker    dies at the third claim, as by SIGKILL

Off, which is always but in a trial, passing one costs a comparison.
"""

from __future__ import annotations

import os
import signal
import threading
from typing import Literal, get_args

from system.tasks.errors import TaskLabError

Name = Literal[
    "api.before_commit",
    "api.after_commit",
    "api.after_put",
    "worker.after_claim",
    "worker.before_run",
    "worker.after_run",
    "worker.after_finish",
    "recorder.before_commit",
    "recorder.after_commit",
]
NAMES: tuple[str, ...] = get_args(Name)


class _Armed:
    """The one failpoint that is on, if any, and how many passes it still lets by."""

    def __init__(self) -> None:
        self.name: str | None = None
        self.passes = 0
        self.lock = threading.Lock()


_armed = _Armed()


def failpoint(name: Name) -> None:
    """Mark a place where a crash is worth trying; kills this process there if that is what was asked for."""
    if _armed.name == name:
        _pass()


def arm(spec: str | None, *, allowed: bool) -> None:
    """Switch on the failpoint `name[:n]`: its n-th pass (the first, where n is left out) is the process's last.

    None or "" switches failpoints off. Raises TaskLabError where failpoints are not allowed (TASKLAB_FAULTS=1 allows
    them), the name is unknown, or n is no whole number above 0.
    """
    if not spec:
        _armed.name = None
        return
    if not allowed:
        message = f"TASKLAB_FAILPOINT={spec} kills this process on purpose, so TASKLAB_FAULTS=1 must be set as well"
        raise TaskLabError(message)
    name, _, number = spec.partition(":")
    if name not in NAMES:
        message = f"no failpoint {name!r}; there are {', '.join(NAMES)}"
        raise TaskLabError(message)
    if ":" in spec and not (number.isdecimal() and int(number) > 0):
        message = f"TASKLAB_FAILPOINT={spec}: after the colon comes the number of the pass, from 1 up"
        raise TaskLabError(message)
    _armed.passes = int(number or 1)
    _armed.name = name


def _pass() -> None:
    with _armed.lock:
        _armed.passes -= 1
        last = _armed.passes == 0
    if last:
        os.kill(os.getpid(), signal.SIGKILL)
