"""Looks at the system twice a second, and can tell afterwards what was used between any two moments."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from benchmarks.engine.trials.usage import Reading, Usage
from benchmarks.engine.trials.view import View
from benchmarks.records import SampleRecord
from system.queues.protocol import Stats
from system.tasks.errors import TaskLabError

EVERY_SECONDS = 0.5
PATIENCE_SECONDS = 2.0  # for an answer of a system that may be broken


@dataclass(frozen=True, slots=True)
class Sample:
    """One look; what did not answer in time is None."""

    at: float
    used: Reading
    stats: Stats | None
    counts: tuple[int, int] | None
    commands: int | None
    workers: int


@dataclass(slots=True)
class Sampler:
    """Samples from `run` until `stop`; `workers` tells how many are alive."""

    view: View
    usage: Usage
    workers: Callable[[], int]
    samples: list[Sample] = field(default_factory=list)
    pss_mb: dict[str, float] = field(default_factory=dict)
    """Memory by role, as of a moment of the measured part."""
    _stopped: bool = False

    def stop(self) -> None:
        """Let `run` return within seconds. A flag, because the Redis client can swallow a cancel."""
        self._stopped = True

    def weigh(self, began_at: float) -> None:
        """Ask for `pss_mb` once, when the measured part has begun."""
        if not self.pss_mb and time.time() > began_at:
            self.pss_mb = self.usage.pss_mb()

    async def run(self) -> None:
        """Sample until stopped, and once more then."""
        while not self._stopped:
            begun = time.monotonic()
            self.samples.append(await self._look())
            await asyncio.sleep(max(0.0, EVERY_SECONDS - (time.monotonic() - begun)))
        self.samples.append(await self._look())

    def used(self, begin: float, end: float) -> tuple[dict[str, float], dict[str, float]]:
        """Return CPU seconds by role between two moments: with child processes, and of the main process alone."""
        (cpu_0, own_0), (cpu_1, own_1) = self._used_at(begin), self._used_at(end)
        return (
            {role: seconds - cpu_0.get(role, 0.0) for role, seconds in cpu_1.items()},
            {role: seconds - own_0.get(role, 0.0) for role, seconds in own_1.items()},
        )

    def commands(self, begin: float, end: float) -> float | None:
        """Return how many commands Redis carried out between two moments; None where nobody knows."""
        known = [sample for sample in self.samples if sample.commands is not None]
        if not known:
            return None
        first, last = (_at(known, moment, lambda sample: float(sample.commands or 0)) for moment in (begin, end))
        return last - first if last >= first else None  # a Redis that was started anew counts from 0

    def records(self, trial: int, began_at: float) -> Iterator[SampleRecord]:
        """Give all samples as records."""
        before: Sample | None = None
        for sample in self.samples:
            for (what, role), value in _values(before, sample):
                yield SampleRecord(trial=trial, at_s=round(sample.at - began_at, 3), what=what, role=role, value=value)
            before = sample

    def _used_at(self, moment: float) -> tuple[dict[str, float], dict[str, float]]:
        last = self.samples[-1].used
        cpu = {role: _at(self.samples, moment, _cpu_of(role)) for role in last.cpu}
        own = {role: _at(self.samples, moment, _own_of(role)) for role in last.own}
        return cpu, own

    async def _look(self) -> Sample:
        used = self.usage.read(time.time())
        stats = counts = commands = None
        with suppress(TaskLabError, TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                stats = await self.view.stats()
                counts = await self.view.counts()
                commands = await self.view.redis_commands()
        return Sample(used.at, used, stats, counts, commands, self.workers())


Figure = Callable[[Sample], float]


def _cpu_of(role: str) -> Figure:
    return lambda sample: sample.used.cpu.get(role, 0.0)


def _own_of(role: str) -> Figure:
    return lambda sample: sample.used.own.get(role, 0.0)


def _at(samples: Sequence[Sample], moment: float, figure: Figure) -> float:
    """Return a figure that only grows as of a moment: on the straight line between the samples before and after."""
    place = bisect_left(samples, moment, key=lambda sample: sample.at)
    if place in (0, len(samples)):
        return figure(samples[min(place, len(samples) - 1)])
    before, after = samples[place - 1], samples[place]
    share = (moment - before.at) / (after.at - before.at)
    return figure(before) + share * (figure(after) - figure(before))


def _values(before: Sample | None, sample: Sample) -> Iterator[tuple[tuple[str, str], float]]:
    if before is not None:
        seconds = sample.at - before.at
        for role, spent in sample.used.cpu.items():
            yield ("cpu", role), (spent - before.used.cpu.get(role, 0.0)) / seconds
    for role, held in sample.used.rss_mb.items():
        yield ("rss_mb", role), held
    if sample.stats is not None:
        yield ("depth", "ready"), sample.stats.ready
        yield ("depth", "scheduled"), sample.stats.scheduled
        yield ("depth", "leased"), sample.stats.leased
        yield ("oldest_age_s", "queue"), sample.stats.oldest_age_seconds
    if sample.counts is not None:
        yield ("accepted", "system"), sample.counts[0]
        yield ("ended", "system"), sample.counts[1]
    if sample.commands is not None:
        yield ("redis_commands", "redis"), sample.commands
    yield ("workers", "system"), sample.workers
