"""How fast workers empty a backlog that is complete before the first of them may begin."""

from __future__ import annotations

import time
from dataclasses import dataclass

from benchmarks.peers.environments import Unavailable
from benchmarks.peers.marks import ROOM
from benchmarks.peers.stage import Stage

LOOK_SECONDS = 0.002
STALL_SECONDS = 12.0
IN_HAND = 3  # times a worker's slots: what it may have fetched while the gate was closed
LEAST = 50  # tasks of the first trial drain, a worker
TELLING_SECONDS = 0.3  # a trial drain that took this long tells the speed
GROWTH = 5
BACKLOG_SECONDS = 2.0  # that making the backlog may take


@dataclass(frozen=True, slots=True)
class Drain:
    """The measured part of an emptied backlog."""

    tasks: int
    seconds: float
    worker_cpu_s: float
    redis_cpu_s: float

    @property
    def rate(self) -> float:
        """Tasks a second."""
        return self.tasks / self.seconds


@dataclass(frozen=True, slots=True)
class _Moment:
    at: float
    done: int
    worker_cpu_s: float
    redis_cpu_s: float

    @classmethod
    def now(cls, stage: Stage, count: int) -> _Moment:
        worker_cpu_s = sum(worker.cpu_seconds() for worker in stage.workers)
        return cls(time.perf_counter(), stage.marks.done(count), worker_cpu_s, stage.server.cpu_seconds())


def drain(stage: Stage, kind: str, count: int, *, skip: int = 0) -> Drain:
    """Fill the queue with `count` tasks behind a closed gate, open it, and wait until each has written its mark.

    The first `skip` don't count: the workers had them in hand when the gate was opened. Raises Unavailable where tasks
    stay away.
    """
    stage.marks.clear(count)
    stage.marks.close_gate()
    send = stage.client.bulk if stage.adapter.bulk else stage.client.one
    send(kind, count)
    start = _Moment.now(stage, 0)
    stage.marks.open_gate()
    _wait(stage, count, skip)
    begin = _Moment.now(stage, count)
    _wait(stage, count, count)
    end = _Moment.now(stage, count)
    if begin.done == count:  # so few that all were over before anybody looked
        begin = start
    return Drain(
        end.done - begin.done,
        end.at - begin.at,
        end.worker_cpu_s - begin.worker_cpu_s,
        end.redis_cpu_s - begin.redis_cpu_s,
    )


def drain_for(stage: Stage, kind: str, seconds: float, *, rate: float | None, bulk_rate: float) -> Drain:
    """Drain a backlog that lasts about so many seconds; without a known rate, smaller ones tell it first."""
    skip = IN_HAND * stage.slots * len(stage.workers)
    rate = rate or _speed(stage, kind, skip, bulk_rate)
    count = min(round(rate * seconds), round(bulk_rate * BACKLOG_SECONDS))
    return drain(stage, kind, min(skip + max(LEAST, count), ROOM), skip=skip)


def _speed(stage: Stage, kind: str, skip: int, bulk_rate: float) -> float:
    """Find roughly how many tasks a second the present workers run, by drains of growing size; this warms up, too."""
    count = LEAST * len(stage.workers)
    while True:
        trial = drain(stage, kind, skip + count, skip=skip)
        if trial.seconds >= TELLING_SECONDS or count * GROWTH > bulk_rate * BACKLOG_SECONDS:
            return trial.rate
        count *= GROWTH


def _wait(stage: Stage, count: int, wanted: int) -> None:
    done, changed = 0, time.monotonic()
    while done < wanted:
        time.sleep(LOOK_SECONDS)
        now = stage.marks.done(count)
        if now > done:
            done, changed = now, time.monotonic()
        elif time.monotonic() - changed > STALL_SECONDS:
            dead = [worker for worker in stage.workers if not worker.alive]
            words = f", a worker died: {dead[0].last_words()}" if dead else ""
            message = f"{count - done} of {count} tasks did not run within {STALL_SECONDS:.0f} s{words}"
            raise Unavailable(message)
