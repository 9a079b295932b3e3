"""One connection through the fault proxy: bytes are passed on, late, slowly or not at all, as the rules say."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress

from benchmarks.faults.rules import Direction, Exchange, Rules, Trouble

CHUNK = 65_536
PIECES_A_SECOND = 20  # how finely a slow chunk is cut
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: closing means RST


class Mended:
    """Tells whoever holds bytes back that all rules were cleared."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def tell(self) -> None:
        """Wake all who wait; the next ones wait anew."""
        self._event.set()
        self._event = asyncio.Event()

    async def within(self, seconds: float) -> bool:
        """Wait for it, at most `seconds` (which may be infinite); False where it did not come."""
        try:
            async with asyncio.timeout(None if seconds == float("inf") else seconds):
                return await self._event.wait()
        except TimeoutError:
            return False


class Relay:
    """A client's connection and the one made to the server for it.

    A byte lost in the middle of a connection is no fault that TCP knows, so what is silent once stays silent.
    """

    def __init__(self, rules: Rules, mended: Mended) -> None:
        self._rules = rules
        self._mended = mended
        self._exchange = Exchange()
        self._last = Direction.REPLY
        self._silent: set[Direction] = set()
        self._dead = asyncio.Event()
        self._writers: dict[Direction, asyncio.StreamWriter] = {}

    async def run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int) -> None:
        """Relay until both sides are done; a half-open connection lasts until it is cancelled."""
        self._writers[Direction.REPLY] = writer
        try:
            answers, self._writers[Direction.REQUEST] = await asyncio.open_connection(host, port)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(Direction.REQUEST, reader))
                both.create_task(self._pump(Direction.REPLY, answers))
        except* OSError:
            self._reset()
        finally:
            for end in self._writers.values():
                end.close()

    async def _pump(self, direction: Direction, reader: asyncio.StreamReader) -> None:
        while chunk := await reader.read(CHUNK):
            if direction is Direction.REQUEST and self._last is Direction.REPLY:
                self._exchange = self._rules.begin(chunk)
            self._last = direction
            await self._pass(direction, chunk)
        if len(self._silent) == len(Direction):  # half-open: nobody learns that the other one is gone
            await asyncio.Event().wait()
        self._writers[direction].write_eof()

    async def _pass(self, direction: Direction, chunk: bytes) -> None:
        speed = float("inf")
        for rule in self._rules.of(self._exchange, direction):
            match rule.trouble:
                case Trouble.DELAY:
                    if await self._mended.within(rule.amount):
                        break  # no rule is left
                case Trouble.SLOW:
                    speed = min(speed, rule.amount)
                case Trouble.DROP:
                    self._silent.add(direction)
                case Trouble.HALF_OPEN:
                    self._silent.update(Direction)
                case Trouble.RESET:
                    raise ConnectionResetError
        if direction not in self._silent:
            await self._send(self._writers[direction], chunk, speed)

    async def _send(self, writer: asyncio.StreamWriter, chunk: bytes, speed: float) -> None:
        piece = len(chunk) if speed == float("inf") else max(1, int(speed / PIECES_A_SECOND))
        for start in range(0, len(chunk), piece):
            writer.write(chunk[start : start + piece])
            await writer.drain()
            if piece < len(chunk) and await self._mended.within(piece / speed):
                writer.write(chunk[start + piece :])
                return

    def _reset(self) -> None:
        for writer in self._writers.values():
            connection: socket.socket = writer.get_extra_info("socket")
            with suppress(OSError):  # this end may be gone already
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            writer.transport.abort()
