"""What the short commands have in common: they find the services, ask something, and end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from system.wiring import Services, Settings


def ask(question: Callable[[Services], Awaitable[None]], *, handlers: bool = False) -> None:
    """Run `question` with the services of the environment or of the running system in the data folder.

    `handlers` registers those of the user's modules first, as far as they are here: the answer says more with them.
    """
    from system.tasks.errors import TaskLabError
    from system.wiring import import_handlers, load_settings, locate

    settings = locate(load_settings())
    if handlers:
        with suppress(TaskLabError):  # what can't be imported here is not known here
            import_handlers(settings)
    asyncio.run(_ask(settings, question))


async def _ask(settings: Settings, question: Callable[[Services], Awaitable[None]]) -> None:
    from system.wiring import open_services

    async with open_services(settings) as services:
        await question(services)
