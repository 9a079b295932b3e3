"""A coroutine in a thread with an event loop of its own, started and stopped from another loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from threading import Thread
from typing import Any, Protocol

Main = Callable[[asyncio.Event], Coroutine[Any, Any, None]]


class Side(Protocol):
    """A coroutine that runs beside the caller's event loop: a thread in earnest, in a simulation whatever it likes."""

    def start(self) -> None:
        """Start it."""

    def call(self, function: Callable[[], object]) -> None:
        """Call a function there, soon; not at all where it is over."""

    def stop(self) -> None:
        """Ask it to return."""

    async def ended(self) -> None:
        """Wait until it has returned; raises what it raised."""


class SideLoop:
    """Runs `main(stopped)` until `stop` sets the event, or until it fails."""

    def __init__(self, main: Main, name: str) -> None:
        self._main = main
        self._loop: Future[asyncio.AbstractEventLoop] = Future()
        self._stopped = asyncio.Event()
        self._ended: Future[None] = Future()
        self._thread = Thread(target=self._work, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def call(self, function: Callable[[], object]) -> None:
        """Call a function in the side loop, soon; not at all where that is over or has not begun."""
        if not self._thread.is_alive():
            return
        try:
            self._loop.result().call_soon_threadsafe(function)
        except RuntimeError:
            return  # the loop is closed

    def stop(self) -> None:
        """Ask `main` to return."""
        self.call(self._stopped.set)

    async def ended(self) -> None:
        """Wait until `main` has returned; raises what it raised."""
        await asyncio.shield(asyncio.wrap_future(self._ended))  # whoever gives up waiting does not end the thread

    def _work(self) -> None:
        try:
            asyncio.run(self._run())
        except BaseException as error:  # noqa: BLE001 - it is raised again where somebody waits
            self._ended.set_exception(error)
        else:
            self._ended.set_result(None)

    async def _run(self) -> None:
        self._loop.set_result(asyncio.get_running_loop())
        await self._main(self._stopped)
