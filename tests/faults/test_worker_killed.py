"""Workers are killed at each step of a task's way, and at random: what is finished is never run again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import Random

from system.tasks.task import Status
from tests.faults.scene import scene
from tests.faults.waiting import until

AGAIN = ["lease_expired", "succeeded"]
STEPS: Mapping[str, tuple[list[str], int]] = {  # how the attempts come out, and how often the handler acts
    "worker.after_claim": (AGAIN, 1),
    "worker.before_run": (AGAIN, 1),
    "worker.after_run": (AGAIN, 2),
    "worker.after_finish": (["succeeded"], 1),
}
WORKERS, EACH = 5, 4
KILLS, AT_ONCE = 24, 3
SEED = 20_262


async def test_at_each_step(tmp_path: Path) -> None:
    """A task whose worker dies runs again, elsewhere; unless it was finished, which is one step with acknowledged."""
    async with scene(tmp_path) as s:
        s.upkeep()
        rescuer = s.worker("rescuer")
        await s.at_work("rescuer")
        for step, (outcomes, effects) in STEPS.items():
            with rescuer.asleep():
                (task,) = await s.callers.submit("act")
                await s.worker(step, TASKLAB_FAILPOINT=step, TASKLAB_FAULTS="1").died()
            await s.over([task])
            assert await s.outcomes(task) == outcomes, step
            assert len(s.effects(task)) == effects, step
        report = await s.judge()
    assert report.kills == len(STEPS)
    assert len(report.duplicates) == len(STEPS) - 1


async def test_at_random(tmp_path: Path) -> None:
    """Each kill hits a worker with tasks in hand; nobody is told of it, so its leases have to end by themselves."""
    chance = Random(SEED)
    async with scene(tmp_path) as s:
        s.upkeep()
        alive = [s.worker(f"worker-{number}", concurrency=EACH) for number in range(WORKERS)]
        for number in range(KILLS // AT_ONCE):
            await s.at_work(*[worker.name for worker in alive])
            await s.callers.submit("act", WORKERS * EACH, payload={"seconds": 0.3}, max_attempts=50)
            victims = chance.sample(alive, AT_ONCE)
            await until(lambda names={one.name for one in victims}: names <= set(s.witness.in_hand.values()), "work")
            for victim in victims:
                victim.kill()
                alive.remove(victim)
                alive.append(s.worker(f"{victim.name.partition('.')[0]}.{number}", concurrency=EACH))
        report = await s.judge()
        counts = await s.services.store.counts()
    assert (report.kills, counts[Status.SUCCEEDED]) == (KILLS, KILLS // AT_ONCE * WORKERS * EACH)
    assert report.causes["kill"] >= KILLS
