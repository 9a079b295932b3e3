"""A bound on what comes before a body: uvicorn's HTTP protocol, which answers 431 to an overlong head.

The parsers that uvicorn comes with would collect a head without end (httptools) or call it malformed (h11).
Use it as `uvicorn.run(…, http=BoundedHeadProtocol)`.
"""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from system.api.problems import HEAD_TOO_LARGE, MEDIA_TYPE, document

MAX_HEAD_BYTES = 65_536  # of request line and headers together


class HeadTooLarge(Exception):
    """Makes the parser stop."""


class BoundedHeadProtocol(HttpToolsProtocol):
    """HTTP/1.1 with heads of at most MAX_HEAD_BYTES; an endless one is cut off a read or two later."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_begun = False
        self._head_bytes = 0  # that came in since the head began, without completing it

    def data_received(self, data: bytes) -> None:
        """Take in what came; a field is parsed only when it is whole, so an endless one is caught here."""
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head_begun and self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self._refuse()

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
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer a parser that stopped."""
        if self._head_begun and self._head_bytes > MAX_HEAD_BYTES:
            self._refuse()
        else:
            super().send_400_response(msg)

    def _refuse(self) -> None:
        body = document(HEAD_TOO_LARGE, f"request line and headers may have {MAX_HEAD_BYTES} bytes")
        head = (
            f"HTTP/1.1 {HEAD_TOO_LARGE.status} Request Header Fields Too Large\r\n"
            f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
