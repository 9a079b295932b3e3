"""A backlog: the queue is paused and filled, then let go; what counts is how fast it is drained."""

from __future__ import annotations

import time
from contextlib import suppress

from benchmarks.checker import Answer
from benchmarks.engine import mixes
from benchmarks.engine.operations import OperationLog, mark_of
from benchmarks.engine.senders import HttpSender
from benchmarks.engine.trials.stage import Dropped, Stage
from benchmarks.engine.trials.window import Window
from system.tasks.errors import TaskLabError

CLIENT = "http"
BATCH = 1_000
LOOK_SECONDS = 0.05
STILL_SECONDS = 30.0  # without a task's end: no more will come


async def drain_backlog(stage: Stage) -> Window:
    """Build a backlog over HTTP and have it drained. Raises Dropped where it is interrupted."""
    log = stage.logs / f"operations-{CLIENT}.jsonl"
    await stage.view.pause()
    await _fill(stage, OperationLog(log))
    await _all_workers_are_there(stage)
    begun = time.time()
    await stage.view.resume()
    # The warm-up is the beginning of the drain: the pause before is nothing that workers could warm up at.
    began_at, doubt = begun + stage.warm_up, ""
    ended_at = await _until_recorded(stage, began_at)
    if ended_at - begun < 2 * stage.warm_up:
        began_at, doubt = begun, "drained so soon that the warm-up counts too"
    return Window(began_at=began_at, ended_at=ended_at, logs={CLIENT: log}, doubt=doubt)


async def _fill(stage: Stage, log: OperationLog) -> None:
    wanted, number = stage.trial.point.tasks, 0
    draw = mixes.drawing(stage.trial.point.mix, stage.priorities, stage.trial.seed)
    async with HttpSender(stage.system.api_url) as sender:
        for first in range(0, wanted, BATCH):
            stop_if_asked(stage)
            call, count = f"{CLIENT}-{number}", min(BATCH, wanted - first)
            sent = time.time_ns() // 1_000_000
            news = [draw(mark_of(call, index)) for index in range(count)]
            log.sent(call, 1, count, sent)
            told = await sender.many(news)
            log.answered(call, 1, count, sent, answer=told.answer, ids=told.ids, why=told.why)
            if told.answer is not Answer.ACKNOWLEDGED:
                message = f"the backlog can't be built: {told.why}"
                raise TaskLabError(message)
            number += 1
            stage.tell(f"filling {first + count:,} of {wanted:,}")
    log.close()


async def _all_workers_are_there(stage: Stage) -> None:
    deadline = time.monotonic() + STILL_SECONDS
    while await stage.view.ready() < stage.trial.point.workers and time.monotonic() < deadline:
        stop_if_asked(stage)
        await stage.pause(LOOK_SECONDS)


async def _until_recorded(stage: Stage, began_at: float) -> float:
    """Return when the last end was in SQL, or when for a long time none had come."""
    fewest, fell_at = None, time.time()
    while (now := time.time()) - fell_at < STILL_SECONDS:
        stop_if_asked(stage)
        stage.sampler.weigh(began_at)
        with suppress(TaskLabError):
            stats = await stage.view.stats()
            left = stats.ready + stats.leased + stats.scheduled
            # SQL is asked when it can say no: counting much that is open would cost the recorder time.
            if left == 0 and (left := await stage.view.open()) == 0:
                return time.time()
            if fewest is None or left < fewest:
                fewest, fell_at = left, now
            stage.tell(f"draining, {left:,} left")
        await stage.pause(LOOK_SECONDS)
    return fell_at


def stop_if_asked(stage: Stage) -> None:
    """Give a backlog up: what is left of it would take as long again."""
    if stage.interruption.asked:
        raise Dropped
