"""The policy against loads that are made up: a model of workers that start late, drain late and are of one speed."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from system.policies.scaling import Limits, Load, Scaling, limits_of

TICK = 2.0  # seconds, as upkeep looks
START = 4.0  # until a new worker works
RATE = 10.0  # tasks a second of one worker
SLOTS = 10


@dataclass
class World:
    """Workers and a backlog, as numbers."""

    limits: Limits
    workers: int = 1
    waiting: float = 0.0
    ended: float = 0.0
    now: float = 0.0
    head: float = 0.0
    """Age of the oldest waiting task, in seconds."""
    starting: list[float] = field(default_factory=list)
    desired: list[int] = field(default_factory=list)
    backlog: list[float] = field(default_factory=list)

    def run(self, seconds: float, rate: float, scaling: Scaling, random: Random | None = None) -> None:
        """Let tasks arrive at a rate, and the policy decide every two seconds."""
        for _ in range(round(seconds / TICK)):
            self.now += TICK
            self.workers += sum(at <= self.now for at in self.starting)
            self.starting = [at for at in self.starting if at > self.now]
            arrived = rate * TICK * (1.0 if random is None else random.uniform(0.5, 1.5))
            capacity = self.workers * RATE * TICK
            done = min(self.waiting + arrived, capacity)
            self.waiting += arrived - done
            self.ended += done
            self.head = self.waiting / max(1.0, self.workers * RATE)
            running = min(self.workers * SLOTS, round(self.workers * SLOTS * done / capacity)) if capacity else 0
            load = Load(
                waiting=round(self.waiting),
                running=running,
                oldest_age=self.head,
                ended=round(self.ended),
                workers=self.workers,
                concurrency=self.workers * SLOTS,
            )
            decision = scaling.decide(load, round(self.now * 1000))
            assert self.limits.least <= decision.desired <= self.limits.most
            assert decision.reason
            self._act(decision.desired)
            self.desired.append(decision.desired)
            self.backlog.append(self.waiting)

    def _act(self, desired: int) -> None:
        missing = desired - self.workers - len(self.starting)
        if missing > 0:
            self.starting += [self.now + START] * missing
        elif missing < 0:
            self.workers = max(desired, 0)
            self.starting = []

    def changes(self, start: int = 0) -> list[int]:
        """Return the steps, + and -, from a tick on."""
        return [after - before for before, after in pairwise(self.desired[start:]) if after != before]


def turns(changes: list[int]) -> int:
    """Return how often the direction changed."""
    return sum((one > 0) != (other > 0) for one, other in pairwise(changes))


@pytest.mark.parametrize("peak", [25, 45, 70])
def test_a_step_up_and_down(peak: float) -> None:
    """From a quiet hour to a busy one and back: out, in, and no more; the backlog is gone soon, and the least stays."""
    limits = Limits(1, 8)
    world, scaling = World(limits), Scaling(limits)
    world.run(60, 4, scaling)
    assert world.desired[-1] == 1
    world.run(180, peak, scaling)
    assert world.backlog[-1] < peak, "a second's worth at most still waits"
    drained = next(tick for tick in range(40, len(world.backlog)) if world.backlog[tick] < peak)
    assert (drained - 30) * TICK < 90, "worked off in time; eight workers have ten a second to spare for it at most"
    world.run(300, 4, scaling)
    assert world.desired[-1] == 1
    assert turns(world.changes()) == 1
    assert max(world.desired) >= peak / RATE


@pytest.mark.parametrize("rate", [8.0, 12.0, 19.0, 31.0, 55.0])
def test_no_flapping_under_a_noisy_load(rate: float) -> None:
    """Arrivals swing by half from moment to moment; the workers don't."""
    limits = Limits(1, 12)
    world, scaling = World(limits), Scaling(limits)
    world.run(900, rate, scaling, Random(7))
    settled = len(world.desired) // 3
    assert turns(world.changes(settled)) <= 2
    assert max(world.backlog[settled:]) < rate * limits.drain_seconds


def test_a_burst_is_worked_off_in_time() -> None:
    """Two thousand tasks at once, for eight workers of ten a second: 25 s with all of them, less than a minute here."""
    limits = Limits(1, 8)
    world, scaling = World(limits), Scaling(limits)
    world.run(20, 1, scaling)
    world.waiting += 2_000
    start = len(world.backlog)
    world.run(300, 1, scaling)
    drained = next(tick for tick in range(start, len(world.backlog)) if world.backlog[tick] < 10)
    assert (drained - start) * TICK < 60
    assert world.desired[-1] == 1
    assert turns(world.changes()) == 1


def test_a_load_beyond_the_most() -> None:
    """It stays at the most, and says that it is the most."""
    limits = Limits(1, 3)
    world, scaling = World(limits), Scaling(limits)
    world.run(60, 100, scaling)
    assert set(world.desired[-10:]) == {3}
    assert turns(world.changes()) == 0


def test_long_tasks_keep_their_workers() -> None:
    """Nothing waits and nothing ends, but all slots are taken: nobody goes."""
    scaling = Scaling(Limits(1, 8))
    busy = Load(waiting=0, running=35, oldest_age=0, ended=0, workers=4, concurrency=40)
    assert {scaling.decide(busy, tick * 2_000).desired for tick in range(100)} == {4}


def test_from_none_at_all() -> None:
    """With 0 as the least, one task brings the first worker, and silence takes it away."""
    scaling = Scaling(Limits(0, 4))
    nothing = Load(waiting=0, running=0, oldest_age=0, ended=0, workers=0, concurrency=0)
    assert scaling.decide(nothing, 1_000).desired == 0
    one = Load(waiting=1, running=0, oldest_age=0.1, ended=0, workers=0, concurrency=0)
    assert scaling.decide(one, 9_000).desired == 1
    done = Load(waiting=0, running=0, oldest_age=0, ended=1, workers=1, concurrency=10)
    assert [scaling.decide(done, 10_000 + tick * 2_000).desired for tick in range(40)][-1] == 0


LOADS = st.builds(
    Load,
    waiting=st.integers(0, 10_000),
    running=st.integers(0, 200),
    oldest_age=st.floats(0, 1_000),
    ended=st.integers(0, 10_000),
    workers=st.integers(0, 10),
    concurrency=st.integers(0, 100),
)


@given(st.lists(LOADS, max_size=60))
def test_always_within_the_limits_and_never_in_too_soon(loads: list[Load]) -> None:
    """Whatever it sees."""
    limits = Limits(2, 6)
    scaling, changed, before = Scaling(limits), 0, None
    for tick, load in enumerate(loads):
        now = tick * 2_000
        desired = scaling.decide(load, now).desired
        assert limits.least <= desired <= limits.most
        if before is not None and desired != before:
            wait = limits.in_seconds if desired < before else limits.out_seconds
            assert now - changed >= wait * 1000 or changed == 0
            changed = now
        before = desired


def test_limits_are_read() -> None:
    """As `tasklab up --autoscale` takes them."""
    assert (limits_of("1..8").least, limits_of(" 0 .. 3 ").most) == (1, 3)
    assert limits_of("1..8, drain=5,in=60") == Limits(1, 8, drain_seconds=5, in_seconds=60)
    for text in ("", "8", "8..1", "a..b", "0..0", "-1..3", "1...3", "1..9999", "1..2,out", "1..2,out=0", "1..2,up=1"):
        with pytest.raises(ValueError, match=r"1\.\.8"):
            limits_of(text)
