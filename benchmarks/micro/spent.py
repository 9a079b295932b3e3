"""Measures what a piece of work costs: wall-clock time, this process's CPU time, and Redis's."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

MICRO = 1e6


@dataclass(slots=True)
class Spent:
    """Seconds, once the block is left; CPU seconds include the kernel's."""

    wall: float = 0.0
    cpu: float = 0.0
    """Of this process with all its threads."""
    redis: float = 0.0


@contextmanager
def spent() -> Iterator[Spent]:
    """Time the block."""
    result = Spent()
    wall, cpu = time.perf_counter(), time.process_time()
    yield result
    result.wall, result.cpu = time.perf_counter() - wall, time.process_time() - cpu


@asynccontextmanager
async def spent_with(redis: Any) -> AsyncIterator[Spent]:
    """Time the block, and ask Redis what it cost the server."""
    before = await redis_cpu(redis)
    with spent() as result:
        yield result
    result.redis = await redis_cpu(redis) - before


async def redis_cpu(redis: Any) -> float:
    """Return the CPU seconds that a server has used so far."""
    info = await redis.info("cpu")
    return float(info["used_cpu_user"]) + float(info["used_cpu_sys"])
