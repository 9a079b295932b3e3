"""Bounds on what comes before a body: uvicorn's HTTP protocol, with 431 for an overlong head and 408 for a slow one.

The parsers that uvicorn comes with would collect a head without end (httptools) or call it malformed (h11), and wait
for its end for ever. Use it as `uvicorn.run(…, http=BoundedHeadProtocol)`.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from system.api import problems
from system.api.problems import Problem

MAX_HEAD_BYTES = 65_536  # of request line and headers together
HEAD_SECONDS = 10.0  # from a connection's beginning, or a further request's, until its head is complete


class HeadTooLarge(Exception):
    """Makes the parser stop."""


class BoundedHeadProtocol(HttpToolsProtocol):
    """HTTP/1.1 with heads of at most MAX_HEAD_BYTES; an endless one is cut off a read or two later."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_begun = False
        self._head_bytes = 0  # that came in since the head began, without completing it
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a head."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing more."""
        self._drop_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in what came; a field is parsed only when it is whole, so an endless one is caught here."""
        if self._deadline is None and self.cycle is not None and self.cycle.response_complete:
            self._expect_head()
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head_begun and self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self._refuse_head()

    def on_message_begin(self) -> None:
        """Begin to count."""
        self._head_begun, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Weigh the head before anybody acts on it."""
        self._head_bytes = len(self.url) + sum(len(name) + len(value) + len(": \r\n") for name, value in self.headers)
        if self._head_bytes > MAX_HEAD_BYTES:
            raise HeadTooLarge
        self._head_begun = False
        self._drop_deadline()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer a parser that stopped."""
        if self._head_begun and self._head_bytes > MAX_HEAD_BYTES:
            self._refuse_head()
        else:
            self._refuse(problems.NO_HTTP, msg)

    def _expect_head(self) -> None:
        self._deadline = self.loop.call_later(HEAD_SECONDS, self._refuse_slow_head)

    def _drop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse_slow_head(self) -> None:
        if not self.transport.is_closing():
            self._refuse(problems.HEAD_TIMEOUT, f"request line and headers may take {HEAD_SECONDS:g} s")

    def _refuse_head(self) -> None:
        self._refuse(problems.HEAD_TOO_LARGE, f"request line and headers may have {MAX_HEAD_BYTES} bytes")

    def _refuse(self, problem: Problem, detail: str) -> None:
        body = problems.document(problem, detail)
        head = (
            f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}\r\n"
            f"content-type: {problems.MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
