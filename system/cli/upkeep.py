"""`tasklab upkeep`: records what happened in SQL and puts right what went wrong, one process or several."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from system.cli import serving

if TYPE_CHECKING:
    from system.wiring import Settings

log = logging.getLogger(__name__)


def upkeep(*, supervised: serving.Supervised = False) -> None:
    """Record what happens to tasks, reconcile, clean up, forget what is old."""
    with serving.process(supervised=supervised) as settings:
        serving.run(_keep_up(settings))


async def _keep_up(settings: Settings) -> None:
    from system.local.memory import settle
    from system.wiring import make_upkeep, open_services

    async with open_services(settings) as services:
        await serving.bring_up_record(services)
        keeper = make_upkeep(settings, services)
        serving.on_signals(keeper.stop)
        settle()
        log.info("upkeep is at work")
        await keeper.run()
