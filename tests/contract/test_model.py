"""The lease queue against a model of it: Hypothesis looks for a story in which the two part ways.

A failure ends with the shortest such story, a program that can be run again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from system.tasks.outcome import Bury, Decision, RetryIn, Settlement, Succeed
from system.tasks.task import Claim, Task
from tests.contract.effort import TIMES, tries
from tests.contract.side_by_side import SideBySide

BEGINNING = 1_764_000_000_000  # ms; long past
FAR_AWAY = 30_000_000_000_000  # ms; long to come
QUEUES = ("red", "blue")
WORKERS = ("anna", "bert", "sub:anna")  # the last one's token ends like the first one's

queues = st.sampled_from(QUEUES)
workers = st.sampled_from(WORKERS)
orders = st.permutations(QUEUES) | queues.map(lambda queue: (queue,))
limits = st.sampled_from([1, 2, 3, 5, 10, 150, 1_000, 5_000])
long_past = st.integers(0, 3)  # few values: equal ones must be tried
FULL = 8  # leases that make it worth losing everything
numbers = st.lists(st.integers(0, 200), max_size=4)
pauses = st.sampled_from([0, 0, 600, 3_600])  # longer than any story takes
texts = st.text(max_size=5) | st.sampled_from(['"', "\\", "\n", "é", "\0", "]", '","'])
decisions = (
    st.builds(Succeed, st.just('"good"'))
    | st.builds(Bury, texts)
    | st.builds(lambda seconds, error: (seconds, error), st.sampled_from([600, 3_600.5]), texts)
)
plans = st.fixed_dictionaries(
    {
        "queue": queues,
        "type": st.sampled_from(["noop", 'x","created_at":1', "é"]),
        "payload": st.sampled_from([{}, {"a": [1, "ü\0"]}, {"created_at": 7, "run_at": 8}]),
        "priority": st.integers(0, 9) | st.sampled_from([4, 5]),
        "max_attempts": st.sampled_from([1, 1, 2, 100]),
        "created_at": st.sampled_from([BEGINNING, BEGINNING, BEGINNING + 9, FAR_AWAY]),
        "run_at": st.sampled_from([BEGINNING, BEGINNING, BEGINNING, BEGINNING + 50, FAR_AWAY, FAR_AWAY + 1]),
        "deliveries": st.sampled_from([0, 0, 1, 3, 3, 4, 6]),
        "timeout": st.sampled_from([None, 1.5]),
        "owner": st.sampled_from([None, "me"]),
    }
)


def of_machine(choose: Callable[[StoryOfAQueue], st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """Draw from what the machine holds at this moment."""
    return st.runner().flatmap(choose)


def some(*choices: Iterable[Any]) -> st.SearchStrategy[Any]:
    """Draw from one of some collections, the empty ones left aside."""
    return st.one_of([st.sampled_from(items) for choice in choices if (items := list(choice))])


class StoryOfAQueue(RuleBasedStateMachine):
    """What may happen to two named queues and three workers, in any order."""

    new_ground: ClassVar[Callable[[], SideBySide]]

    def __init__(self) -> None:
        super().__init__()
        self.both = StoryOfAQueue.new_ground()
        self.tasks: list[Task] = []  # all there ever were
        self.claims: list[Claim] = []  # all there ever were: most have ended

    @initialize(plans=st.lists(plans, min_size=5, max_size=15))
    def begin(self, plans: list[dict[str, Any]]) -> None:
        """Something to do is there from the start, and something being done."""
        self.put_new(plans, "a", announce=False)
        for worker in WORKERS:
            self.claim(worker, QUEUES, 3, waited=True)

    def chosen(self, queue: str, place: str, numbers: list[int]) -> list[str]:
        """Return the ids of these numbers in a place; of all where there is no number."""
        ids = sorted(getattr(self.both.models[queue], place))
        return [ids[number % len(ids)] for number in numbers] if ids and numbers else ids

    def any_claims(self) -> st.SearchStrategy[list[Claim]]:
        """Draw claims that hold, claims that ended, and forged ones."""
        held = [claim for claim in self.claims if self.both.models[claim.task.queue].holds(claim)]
        forged = st.builds(
            lambda claim, token: replace(claim, token=token), some(self.claims), st.sampled_from(["1:anna", "x", ":"])
        )
        return st.lists(st.one_of(some(held or self.claims), some(held, self.claims), forged), min_size=1, max_size=6)

    @rule(plans=st.lists(plans, min_size=1, max_size=4), prefix=st.sampled_from("abc"), announce=st.booleans())
    def put_new(self, plans: list[dict[str, Any]], prefix: str, *, announce: bool) -> None:
        """New tasks, waiting or scheduled, fresh or delivered before."""
        tasks = [Task(id=f"{prefix}{len(self.tasks) + n}", **plan) for n, plan in enumerate(plans)]
        self.tasks += tasks
        self.both.put(tasks, announce=announce)

    @rule(plan=plans, count=st.integers(90, 130), worker=workers, lost=st.booleans())
    def put_a_crowd(self, plan: dict[str, Any], count: int, worker: str, *, lost: bool) -> None:
        """More tasks than one claim heals, due after all or lost by their worker."""
        queue = plan["queue"]
        tasks = [Task(id=f"crowd{len(self.tasks) + n}", **plan) for n in range(count)]
        self.tasks += tasks
        self.both.put(tasks, announce=False)
        if lost:
            self.claims += self.both.claim(worker, [queue], count)
        self.both.end_leases(queue, self.chosen(queue, "leases", []), 0)
        self.both.fall_due(queue, self.chosen(queue, "scheduled", []), 0)

    @precondition(lambda self: self.tasks)
    @rule(
        tasks=of_machine(lambda self: st.lists(some(self.tasks), min_size=1, max_size=4)),
        plan=plans,
        announce=st.booleans(),
    )
    def put_again(self, tasks: list[Task], plan: dict[str, Any], *, announce: bool) -> None:
        """Tasks known before: those still there are left alone, whatever is said of them now; each counts once."""
        changed = [Task(**plan | {"id": task.id, "queue": task.queue}) for task in tasks]
        self.both.put([*changed, *tasks], announce=announce)

    @rule(worker=workers, order=orders, limit=limits, waited=st.booleans())
    def claim(self, worker: str, order: tuple[str, ...], limit: int, *, waited: bool) -> None:
        """A worker asks for work, at once or after having waited for it."""
        for queue in order if waited else ():
            self.both.wait(queue)
        self.claims += self.both.claim(worker, order, limit)

    @rule(worker=workers, queue=queues, times=st.integers(2, 20))
    def claim_one_by_one(self, worker: str, queue: str, times: int) -> None:
        """Enough claims that every sixteenth shows."""
        for _ in range(times):
            self.claims += self.both.claim(worker, [queue], 1)

    @precondition(lambda self: self.claims)
    @rule(
        claims=of_machine(lambda self: self.any_claims()),
        decisions=st.lists(decisions, min_size=12, max_size=12),
        twice=st.booleans(),
        ago=st.sampled_from([(0, 0), (1500.5, 2.25)]),
    )
    def finish(self, claims: list[Claim], decisions: list[Any], ago: tuple[float, float], *, twice: bool) -> None:
        """Claims are settled in one way or another, some twice in one call."""
        pairs = zip(claims * 2 if twice else claims, decisions, strict=False)
        self.both.finish([Settlement(claim, decided(claim, decision), *ago) for claim, decision in pairs])

    @precondition(lambda self: self.claims)
    @rule(claims=of_machine(lambda self: self.any_claims()))
    def renew(self, claims: list[Claim]) -> None:
        """A worker says that it still works."""
        self.both.renew(claims)

    @precondition(lambda self: self.claims)
    @rule(claims=of_machine(lambda self: self.any_claims()), seconds=pauses)
    def release(self, claims: list[Claim], seconds: int) -> None:
        """A worker gives back what it did not run."""
        self.both.release(claims, seconds)

    @rule(worker=workers | st.just("nobody"), order=orders)
    def abandon(self, worker: str, order: tuple[str, ...]) -> None:
        """A worker was seen dying."""
        self.both.abandon(worker, order)

    @precondition(lambda self: self.claims)
    @rule(queue=queues, numbers=numbers, at=long_past)
    def end_leases(self, queue: str, numbers: list[int], at: int) -> None:
        """Workers died unseen."""
        self.both.end_leases(queue, self.chosen(queue, "leases", numbers), at)

    @precondition(lambda self: self.tasks)
    @rule(queue=queues, numbers=numbers, at=long_past)
    def fall_due(self, queue: str, numbers: list[int], at: int) -> None:
        """Time goes by."""
        self.both.fall_due(queue, self.chosen(queue, "scheduled", numbers), at)

    @rule(queue=queues)
    def cleanup(self, queue: str) -> None:
        """Somebody takes care of a queue that nobody claims from."""
        self.both.cleanup(queue)

    @precondition(lambda self: self.tasks)
    @rule(queue=queues, task=of_machine(lambda self: some(self.tasks)))
    def cancel(self, queue: str, task: Task) -> None:
        """A task is taken out, or is not there to be taken out."""
        self.both.cancel(queue, task.id)

    @rule(queue=queues, paused=st.sampled_from([True, False, False]))
    def pause_or_resume(self, queue: str, *, paused: bool) -> None:
        """A queue stands still, or goes on."""
        if paused:
            self.both.pause(queue)
        else:
            self.both.resume(queue)

    @precondition(lambda self: self.tasks)
    @rule(queue=queues, tasks=of_machine(lambda self: st.lists(some(self.tasks), min_size=1)))
    def missing(self, queue: str, tasks: list[Task]) -> None:
        """The reconciler asks what was lost."""
        self.both.missing(queue, [task.id for task in tasks])

    @rule(worker=workers, order=orders, limit=limits)
    def claim_anew(self, worker: str, order: tuple[str, ...], limit: int) -> None:
        """The server forgets the functions, and is asked for work."""
        self.both.forget_functions()
        self.claim(worker, order, limit, waited=False)

    @precondition(lambda self: sum(len(model.leases) for model in self.both.models.values()) > FULL)
    @rule()
    def lose_everything(self) -> None:
        """The server forgets everything; claims from before it stay refused, and the fence goes on rising."""
        self.both.lose_everything()

    @invariant()
    def alike(self) -> None:
        """Both tell the same story."""
        self.both.compare()


def decided(claim: Claim, plan: Succeed | Bury | tuple[float, str]) -> Decision:
    """Complete a retry's plan with the task as it goes on."""
    if isinstance(plan, Succeed | Bury):
        return plan
    seconds, error = plan
    return RetryIn(seconds, replace(claim.task, failures=claim.task.failures + 1), error)


@pytest.mark.timeout(300 * TIMES)
def test_the_queue_does_what_its_model_does(redis_url: str) -> None:
    """Whatever happens in whatever order: same answers, same places, same history, and no token comes twice."""
    with asyncio.Runner() as runner:
        redis: Redis = Redis.from_url(redis_url, retry=Retry(NoBackoff(), 0))
        try:
            StoryOfAQueue.new_ground = lambda: SideBySide(runner, redis, QUEUES)
            run_state_machine_as_test(StoryOfAQueue, settings=tries(40, steps=40))
        finally:
            runner.run(redis.aclose())
