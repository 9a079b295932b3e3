"""Celery on Redis, results ignored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import body
from celery import Celery
from sender import TUNED, URL, OneByOne

app = Celery("peers", broker=URL)
app.conf.update(
    task_ignore_result=True,
    worker_prefetch_multiplier=1 if TUNED else 64,
    worker_hijack_root_logger=False,
)
if TUNED:
    app.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        broker_transport_options={"visibility_timeout": 10},
    )


@app.task(name="work")
def work(task: str) -> None:
    """Run a task."""
    body.run(task)


@asynccontextmanager
async def sender() -> AsyncIterator[OneByOne]:
    """Connect."""
    with app.producer_pool.acquire(block=True) as producer:
        yield OneByOne(lambda task: str(work.apply_async((task,), producer=producer).id))
