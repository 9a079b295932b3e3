"""What the short commands have in common: they find the services, ask something, and end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from system.wiring import Services, Settings


def ask(question: Callable[[Services], Awaitable[None]]) -> None:
    """Run `question` with the services of the environment or of the running system in the data folder."""
    from system.wiring import load_settings, locate

    asyncio.run(_ask(locate(load_settings()), question))


async def _ask(settings: Settings, question: Callable[[Services], Awaitable[None]]) -> None:
    from system.wiring import open_services

    async with open_services(settings) as services:
        await question(services)
