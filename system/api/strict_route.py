"""Routes that read their own bodies: bounded in size and time, strict in content; FastAPI does the rest as ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from system.api import problems
from system.api.problems import Refused
from system.operations import strict_json
from system.operations.plain_json import NotPlain


class StrictRequest(Request):
    """A request whose body is JSON in UTF-8, of at most `app.state.max_body_bytes`, and keeps coming."""

    async def body(self) -> bytes:
        """Read the whole body; 408 when it stalls, 413 when it grows too large, 415 when it says it is no JSON."""
        if not hasattr(self, "_body"):
            self._body = await self._read() if self._has_body() else b""
        return self._body

    async def json(self) -> Any:
        """Parse the body; 400 for what is no JSON, 422 for values out of bounds."""
        try:
            return strict_json.parse(await self.body())
        except strict_json.Malformed as error:
            raise Refused(problems.MALFORMED, str(error)) from None
        except NotPlain as error:
            listed = [{"pointer": error.pointer, "message": str(error)}]
            raise Refused(problems.INVALID, str(error), errors=listed) from None

    def _has_body(self) -> bool:
        return self.headers.get("content-length", "0") != "0" or "transfer-encoding" in self.headers

    def _check_headers(self) -> None:
        if "content-encoding" in self.headers:
            raise Refused(problems.UNSUPPORTED_MEDIA, "bodies must not be compressed")
        content_type = self.headers.get("content-type", "")
        if content_type != "application/json" and not _is_json(content_type):
            detail = f"the content type must be application/json, in UTF-8; it is {content_type or 'missing'!r}"
            raise Refused(problems.UNSUPPORTED_MEDIA, detail)

    async def _read(self) -> bytes:
        self._check_headers()
        chunks: list[bytes] = []
        size, more = 0, True
        try:
            async with asyncio.timeout(None) as stall:
                while more:
                    stall.reschedule(asyncio.get_running_loop().time() + self.app.state.body_timeout)
                    message = await self.receive()
                    if message["type"] == "http.disconnect":
                        raise ClientDisconnect
                    chunk, more = message.get("body", b""), message.get("more_body", False)
                    size += len(chunk)
                    if size > self.app.state.max_body_bytes:
                        raise self._too_large()
                    chunks.append(chunk)
        except TimeoutError:
            detail = f"no more of the body came for {self.app.state.body_timeout:g} s"
            raise Refused(problems.BODY_TIMEOUT, detail, headers={"Connection": "close"}) from None
        return b"".join(chunks)

    def _too_large(self) -> Refused:
        detail = f"the body is larger than {self.app.state.max_body_bytes} bytes"
        return Refused(problems.TOO_LARGE, detail)


class StrictRoute(APIRoute):
    """A route that hands a StrictRequest to its handler."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler that FastAPI makes."""
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handle(StrictRequest(request.scope, request.receive))

        return strict


def _is_json(content_type: str) -> bool:
    kind, *parameters = (part.strip().lower() for part in content_type.split(";"))
    return kind == "application/json" and all(part in ("", "charset=utf-8", 'charset="utf-8"') for part in parameters)
