"""Where child processes write: a log file each and, if wanted, the terminal."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

Echo = Callable[[str, str], None]
"""Called with the process's name and a line of its output."""


class Output:
    """The log files of one run. A file begins anew with each run and goes on over restarts within it."""

    def __init__(self, folder: Path, echo: Echo | None = None) -> None:
        self._folder = folder
        self._echo = echo
        self._begun: set[str] = set()

    def popen(
        self, name: str, command: list[str], *, environment: dict[str, str], pass_fds: tuple[int, ...] = ()
    ) -> subprocess.Popen[bytes]:
        """Start a process in a session of its own, with our end of its standard input open as a sign of life."""
        with contextlib.ExitStack() as undo:
            log = undo.enter_context(self._open(name))
            process = subprocess.Popen(  # noqa: S603 (our own command line)
                command,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if self._echo else log,
                stderr=subprocess.STDOUT,
                pass_fds=pass_fds,
                start_new_session=True,  # the terminal's Ctrl-C is for the parent, which then drains its children
            )
            if self._echo and process.stdout:
                undo.pop_all()  # the log is the pump's to close
                threading.Thread(target=_pump, args=(name, process.stdout, log, self._echo), daemon=True).start()
            return process

    def _open(self, name: str) -> IO[bytes]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = "ab" if name in self._begun else "wb"
        self._begun.add(name)
        return (self._folder / f"{name}.log").open(mode, buffering=0)


def _pump(name: str, source: IO[bytes], log: IO[bytes], echo: Echo) -> None:
    with source, log:
        for line in source:
            with contextlib.suppress(OSError):  # a full disk or a closed terminal must not stop up the process's output
                log.write(line)
                echo(name, line.decode("utf-8", errors="replace").rstrip("\n"))
