"""A worker is killed: nothing of it stays behind, nothing is lost, and a task that kills workers dies alone."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from redis.asyncio import Redis

from system.queues.leases import LeaseQueue
from system.tasks.events import Event, Kind
from tests.fixtures.tasks import new_task
from tests.fixtures.workers import SECONDS, until

LEASE_SECONDS = 0.6
WORKER = f"""
import asyncio, sys
from contextlib import asynccontextmanager
from redis.asyncio import Redis
from system import workloads
from system.queues.leases import LeaseQueue
from system.queues.registry import Registry
from system.worker.worker import Worker

@asynccontextmanager
async def connect():
    async with Redis.from_url(sys.argv[1]) as redis:
        yield LeaseQueue(redis, lease_seconds={LEASE_SECONDS}), Registry(redis)

async def main():
    async with connect() as (queue, _):
        await Worker(
            queue, connect, worker_id=sys.argv[2], queues=["default"], concurrency=4,
            lease_seconds={LEASE_SECONDS}, grace_seconds=5, burst=True,
        ).run()

if __name__ == "__main__":
    asyncio.run(main())
"""


@contextmanager
def worker(script: Path, url: str, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker in a process of its own."""
    root = str(Path(__file__).parents[2])
    script.write_text(WORKER)
    process = subprocess.Popen([sys.executable, str(script), url, name], env={"PYTHONPATH": root})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def history(queue: LeaseQueue) -> list[Event]:
    """Read all that happened."""
    return [event for batch in await queue.history("default", "0", 10_000) for event in batch.events]


async def test_children_end_with_their_worker(redis_client: Redis, redis_url: str, tmp_path: Path) -> None:
    """SIGKILL leaves a worker no time for goodbyes; its process handlers end all the same."""
    queue = LeaseQueue(redis_client, lease_seconds=LEASE_SECONDS)
    await queue.put([new_task(type="cpu", payload={"iterations": 10**12}) for _ in range(2)])
    with worker(tmp_path / "worker.py", redis_url, "w1") as process:
        family: set[psutil.Process] = set()

        def at_work() -> bool:
            family.update(psutil.Process(process.pid).children(recursive=True))
            return sum(child.cpu_times().user > 0.2 for child in family if child.is_running()) >= 2

        await until(at_work)
        process.kill()
        gone, alive = psutil.wait_procs(family, timeout=SECONDS)
    assert len(gone) >= 4  # two children, the server they were forked from, and multiprocessing's tracker
    assert alive == []


async def test_poison_dies_alone(redis_client: Redis, redis_url: str, tmp_path: Path) -> None:
    """Each delivery of a poison task kills a worker; it is dead at its limit, and its neighbours are done."""
    queue = LeaseQueue(redis_client, lease_seconds=LEASE_SECONDS)
    poison = new_task(type="poison", max_attempts=1, priority=6)
    neighbours = [new_task(type="sleep", payload={"seconds": 0.01}, max_attempts=1) for _ in range(20)]
    await queue.put([poison, *neighbours])
    killed = 0
    for number in range(10):
        with worker(tmp_path / "worker.py", redis_url, f"w{number}") as process:
            code = await asyncio.to_thread(process.wait, SECONDS)
        if code == 0:
            break
        assert code == -signal.SIGKILL
        killed += 1
    ends = {event.task_id: event.kind for event in await history(queue) if event.kind in {Kind.SUCCEEDED, Kind.DEAD}}
    assert ends == {poison.id: Kind.DEAD} | {task.id: Kind.SUCCEEDED for task in neighbours}
    assert killed == poison.delivery_limit
