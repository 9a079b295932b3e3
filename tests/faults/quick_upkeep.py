"""Upkeep that compares SQL and Redis twice a second instead of every five, so that tests need not wait for it.

python -m tests.faults.quick_upkeep upkeep …        as `tasklab upkeep …`
"""

from __future__ import annotations

from system import wiring
from system.cli.app import main
from system.settings import Settings
from system.storage.projection import Projection
from system.tasks.task import DEFAULT_QUEUE
from system.upkeep import loop
from system.upkeep.pruner import Retention

GRACE_SECONDS = 2.0  # above what any process takes from SQL to Redis, be the machine as busy as it likes
SWEEP_SECONDS = 0.5


def make_upkeep(_: Settings, services: wiring.Services) -> loop.Upkeep:
    """Make it as wiring does, but less patient."""
    return loop.Upkeep(
        services.queue,
        services.store,
        Projection(services.database),
        queues=[DEFAULT_QUEUE],
        retention=Retention(finished=1e9),
        grace_seconds=GRACE_SECONDS,
    )


if __name__ == "__main__":
    loop.SWEEP_SECONDS = SWEEP_SECONDS
    wiring.make_upkeep = make_upkeep
    main()
