"""The least that a worker can be, for comparison: takes from a list, notes how long the thing waited, and may lose it.

`python -m benchmarks.micro.bare_worker`, with REDIS_URL set; it ends when its standard input closes.
"""

from __future__ import annotations

import time
from typing import Any

from system.cli import serving
from system.wiring import Settings, connect

INBOX, OUTBOX = "bare:inbox", "bare:outbox"
PATIENCE_SECONDS = 5


async def _work(settings: Settings) -> None:
    redis: Any = connect(settings)
    while True:
        taken = await redis.brpop([INBOX], timeout=PATIENCE_SECONDS)
        if taken is not None:
            waited = time.time() - float(taken[1])
            await redis.rpush(OUTBOX, waited * 1000)


if __name__ == "__main__":
    with serving.process(supervised=True) as found:
        serving.run(_work(found))
