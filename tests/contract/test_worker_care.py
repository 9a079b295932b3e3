"""A worker under care: told what to do from outside, retired in time, looked at when its loop is blocked."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from system.operations import crew
from system.queues.registry import Order
from system.tasks.errors import NotFound
from system.tasks.events import Kind
from system.worker.care import Care
from tests.contract.queue_kit import eventually
from tests.fixtures.workers import SECONDS, Rig, until


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let hearts beat faster."""
    monkeypatch.setattr("system.worker.leases.BEAT_SECONDS", 0.05)


async def info(rig: Rig) -> dict[str, Any]:
    """Return what the worker said last."""
    return next((one for one in await rig.registry.workers() if one["id"] == "w1"), {})


async def says(rig: Rig, status: str) -> None:
    """Wait until the worker says so."""

    async def said() -> bool:
        return (await info(rig)).get("status") == status

    assert await eventually(said)


async def test_quiet_and_resume(rig: Rig) -> None:
    """It claims nothing more until it may again; what it holds goes on."""
    async with rig.working():
        await says(rig, "running")
        (held,) = await rig.put("sleep", payload={"seconds": 0.3})
        await rig.event(lambda event: event.kind is Kind.CLAIMED)
        await crew.order(rig.registry, "w1", Order.QUIET)
        await says(rig, "quiet")
        waiting = await rig.put("noop", 3)
        await rig.ends([held])
        assert (await rig.queue.stats("default")).ready == 3
        await crew.order(rig.registry, "w1", None)
        await rig.ends(waiting)
        await says(rig, "running")


async def test_drain(rig: Rig) -> None:
    """It finishes what it holds, and ends; the order ends with it."""
    worker = rig.worker()
    running = asyncio.create_task(worker.run())
    await says(rig, "running")
    (held,) = await rig.put("sleep", payload={"seconds": 0.3})
    await rig.event(lambda event: event.kind is Kind.CLAIMED)
    await crew.order(rig.registry, "w1", Order.DRAIN)
    await asyncio.wait_for(running, SECONDS)
    assert (await rig.ends([held]))[0].kind is Kind.SUCCEEDED
    assert await rig.registry.workers() == []
    assert await rig.registry.beat("w1", {}) is None


async def test_an_order_for_nobody(rig: Rig) -> None:
    """A worker nobody heard of is a mistake."""
    with pytest.raises(NotFound):
        await crew.order(rig.registry, "nobody", Order.QUIET)


@pytest.mark.parametrize("care", [Care(max_tasks=20), Care(max_rss_bytes=1)])
async def test_it_makes_room(rig: Rig, care: Care) -> None:
    """After so many attempts, or above so much memory, it drains as if it had been told to; nothing is lost."""
    await rig.put("noop", 30)
    await asyncio.wait_for(rig.worker(care=care).run(), SECONDS)
    await rig.burst()
    await rig.catch_up()
    assert sum(event.kind is Kind.SUCCEEDED for event in rig.events) == 30


async def test_a_sign_of_life(rig: Rig, tmp_path: Path) -> None:
    """The file grows older while the loop is blocked, is young otherwise, and gone in the end."""
    file = tmp_path / "alive"
    async with rig.working(care=Care(alive_file=file)):
        await until(file.exists)
        first = file.stat().st_mtime_ns
        await until(lambda: file.stat().st_mtime_ns > first)
    assert not file.exists()


async def test_what_a_heartbeat_says(rig: Rig) -> None:
    """What is in hand, how late the loop is, how far Redis is."""
    async with rig.working():
        ids = await rig.put("sleep", 3, payload={"seconds": 0.5})

        async def holds() -> bool:
            return set((await info(rig)).get("held", ())) == set(ids)

        assert await eventually(holds)
        said = await info(rig)
        assert said["running"] == 3
        assert 0 <= said["redis_seconds"] < 5
        assert said["rss_bytes"] > 1_000_000
        assert said["lag_seconds"] >= 0


async def test_a_blocked_loop_is_named(rig: Rig) -> None:
    """The log says in which line the loop hangs, while it hangs, once."""

    async def careless() -> None:
        time.sleep(2.5)  # noqa: ASYNC251 - this is the mistake to be shown

    rig.handler(careless, "careless")
    with capture_logs() as logs:
        await rig.put("careless")
        await rig.burst()
    (told,) = [entry for entry in logs if entry["event"] == "loop_blocked"]
    assert 1 <= told["seconds"] < 2.5
    assert "time.sleep(2.5)" in told["where"]
    assert "careless" in told["where"]
