"""Waiting until our own API answers."""

from __future__ import annotations

import contextlib
import http.client
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from system.tasks.errors import TaskLabError

START_SECONDS = 60.0
ANSWER_SECONDS = 1.0


def wait_until_live(url: str, *, given_up: Callable[[], bool]) -> None:
    """Return once the API says that it lives. Raises TaskLabError after a minute, or where `given_up()` holds."""
    deadline = time.monotonic() + START_SECONDS
    while not _answers(url):
        if given_up() or time.monotonic() > deadline:
            message = f"the API at {url} did not start"
            raise TaskLabError(message)


def _answers(url: str) -> bool:
    # Nobody is turned away meanwhile: the socket is open already, so the request waits for the API to fetch it.
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=ANSWER_SECONDS)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/health/live")
        return connection.getresponse().status == http.HTTPStatus.OK
    return False
