"""Tells the webhook what changed: each change once, in order, signed, and again until the other side takes it."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from typing import Any

import structlog

from system.storage.alert_book import AlertBook, Notice

ANSWER_SECONDS = 5.0
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
HELPING = 20

log = structlog.get_logger(__name__)


class Webhook:
    """Sends what the book has to tell, while `speaks()`. What is not taken stays in the book, whoever dies.

    `first_pause` is how many seconds it waits after a first failure; then twice as long each time, up to a minute.
    """

    def __init__(
        self,
        book: AlertBook,
        url: str,
        secret: str,
        *,
        speaks: Callable[[], bool],
        first_pause: float = FIRST_PAUSE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._book = book
        self._url = url
        self._secret = secret.encode()
        self._speaks = speaks
        self._first_pause = first_pause
        self._clock = clock
        self._pause = 0.0
        self._not_before = 0.0

    async def round(self) -> None:
        """Send what there is, the oldest first, until one is not taken. Raises StoreUnavailable."""
        if not self._speaks() or self._clock() < self._not_before:
            return
        for notice in await self._book.untold(HELPING):
            if (trouble := await self._send(notice)) is not None:
                self._pause = min(LONGEST_PAUSE, self._pause * 2 or self._first_pause)
                self._not_before = self._clock() + self._pause
                log.warning("the webhook does not take an alert", trouble=trouble, again_in=self._pause)
                return
            self._pause = 0.0
            await self._book.told(notice.id)

    async def _send(self, notice: Notice) -> str | None:
        """Return what went wrong, or None."""
        import httpx  # noqa: PLC0415 (an upkeep without a webhook needs none of it)

        body = notice.body.encode()
        headers: dict[str, Any] = {"Content-Type": "application/json", "TaskLab-Delivery": notice.id}
        if self._secret:
            headers["TaskLab-Signature"] = f"sha256={hmac.digest(self._secret, body, 'sha256').hex()}"
        try:
            async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as http:
                answer = await http.post(self._url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return f"{type(error).__name__}: {error}"
        return None if answer.is_success else f"it answered {answer.status_code}"
