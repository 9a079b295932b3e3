"""Soft time limits: an exception inside a handler that runs on the loop or in a thread; for processes see child.py.

A coroutine gets it where it waits, in the place of a cancel. A thread gets it between two steps of Python: one that
sits in a call into C, as in time.sleep, notices it after that call.
"""

from __future__ import annotations

import asyncio
import ctypes
import types
from collections.abc import Callable, Coroutine, Generator
from threading import Lock, get_ident
from typing import Any

from system.tasks.errors import SoftTimeLimit
from system.tasks.handlers import Handler
from system.tasks.outcome import Failed, Succeeded
from system.worker.outcomes import failure


class SoftlyCancelled(SoftTimeLimit, asyncio.CancelledError):
    """What a coroutine gets: also a cancel, so that a task group in the handler ends its parts properly."""


class Soft:
    """Ends the wait of the current task once, after `seconds`, with a word of its own."""

    def __init__(self, seconds: float) -> None:
        slot = asyncio.current_task()
        if slot is None:
            message = "a handler on the loop runs in a task"
            raise RuntimeError(message)
        self._slot = slot
        self._due = False
        self._timer = asyncio.get_running_loop().call_later(seconds, self._strike)

    def end(self) -> None:
        """Do nothing any more."""
        self._timer.cancel()

    def word(self, cancelled: asyncio.CancelledError) -> BaseException:
        """Return what the handler gets in the place of a cancel; one that is meant to end it goes through."""
        if not self._due:
            return cancelled
        self._due = False
        return cancelled if self._slot.uncancel() else SoftlyCancelled()

    def _strike(self) -> None:
        self._due = True
        self._slot.cancel()


@types.coroutine
def softened(coroutine: Coroutine[Any, Any, Any], soft: Soft) -> Generator[Any, Any, Any]:
    """Await a coroutine, passing on what it waits for and what comes back; only the soft limit's cancel is changed."""
    step: Callable[[Any], Any] = coroutine.send
    word: Any = None
    while True:
        try:
            waited_for = step(word)
        except StopIteration as ended:
            return ended.value
        try:
            yield waited_for
        except GeneratorExit:
            coroutine.close()
            raise
        except asyncio.CancelledError as cancelled:
            step, word = coroutine.throw, soft.word(cancelled)
        except BaseException as error:  # noqa: BLE001 - what the awaited future raised is the coroutine's
            step, word = coroutine.throw, error
        else:
            step, word = coroutine.send, None


class Interrupt:
    """Raises SoftTimeLimit in the thread that runs a handler, while it does."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._lock = Lock()
        self._thread: int | None = None
        self._struck = False

    def guard(self, run: Callable[[], Succeeded | Failed]) -> Succeeded | Failed:
        """Run in this thread what may be interrupted; nothing is raised in it after this has returned."""
        try:
            self._begin()
            try:
                return run()
            finally:
                self._put_away()
        except SoftTimeLimit as late:  # it hit between the handler's end and here
            return failure(late, self._handler.retry)

    def strike(self) -> None:
        """Raise it, at once or when the handler begins, unless it has ended; called from another thread."""
        with self._lock:
            self._struck = True
            if self._thread is not None:
                _raise_in(self._thread, SoftTimeLimit)

    def _begin(self) -> None:
        with self._lock:
            self._thread = get_ident()
            if self._struck:  # the thread took so long to start
                _raise_in(self._thread, SoftTimeLimit)

    def _put_away(self) -> None:
        with self._lock:
            thread, self._thread = self._thread, None
        _raise_in(thread or 0, None)  # takes back what was raised and not noticed yet


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    word = None if error is None else ctypes.py_object(error)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), word)
