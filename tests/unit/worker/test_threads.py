"""Threads for plain handlers: reused when idle, left behind when given up on."""

from __future__ import annotations

import asyncio
import threading

from system.worker.threads import Threads


async def test_functions_run_side_by_side() -> None:
    """As many threads as functions at once: all three must have arrived before any goes on."""
    threads: Threads[int] = Threads()
    together = threading.Barrier(3, timeout=10)
    await asyncio.gather(*[threads.run(together.wait) for _ in range(3)])
    threads.close()


async def test_an_idle_thread_is_used_again() -> None:
    """One after the other needs one thread."""
    threads: Threads[int] = Threads()
    assert len({await threads.run(threading.get_ident) for _ in range(5)}) == 1
    threads.close()


async def test_a_thread_that_hangs_keeps_nobody_waiting() -> None:
    """Giving up on it leaves it running, and the next function gets another one."""
    threads: Threads[str] = Threads()
    go_on = threading.Event()

    def hang() -> str:
        go_on.wait(10)
        return threading.current_thread().name

    given_up = threads.run(hang)
    given_up.cancel()
    assert await threads.run(lambda: "next") == "next"
    go_on.set()
    threads.close()


async def test_closed_threads_end() -> None:
    """Idle ones at once, a busy one after its function."""
    threads: Threads[threading.Thread] = Threads()
    go_on = threading.Event()

    def busy() -> threading.Thread:
        go_on.wait(10)
        return threading.current_thread()

    idle, working = await threads.run(threading.current_thread), threads.run(busy)
    working_too = threads.run(threading.current_thread)
    idle_too = await working_too
    threads.close()
    go_on.set()
    for thread in {idle, idle_too, await working}:
        thread.join(10)
        assert not thread.is_alive()
