"""The data folder: held by one running TaskLab at a time, which leaves a note of where its services are."""

from __future__ import annotations

import contextlib
import fcntl
import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from system.tasks.errors import TaskLabError

LOCK_SECONDS = 1.0  # a reader holds the lock for a moment, to see whether it is held
LOCK_PAUSE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the holder of a data folder says about itself, for the other commands of the same folder."""

    pid: int
    redis_url: str | None = None
    database_url: str | None = None
    api_url: str | None = None
    children: dict[str, int] = field(default_factory=dict)
    """Names and pids of the processes that the holder keeps alive."""


class DataFolder:
    """One folder for all that TaskLab keeps: SQL file, the server's files, logs, a lock and a note (`stack.json`)."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock: IO[bytes] | None = None

    @property
    def redis(self) -> Path:
        """Folder of the embedded server."""
        return self.path / "redis"

    @property
    def logs(self) -> Path:
        """Folder of the processes' output."""
        return self.path / "logs"

    @property
    def _note(self) -> Path:
        return self.path / "stack.json"

    def create(self) -> None:
        """Make the folder, for its owner's eyes only."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            message = f"the data folder {self.path} can't be made ({error.strerror}); set TASKLAB_DATA to another one"
            raise TaskLabError(message) from None

    def hold(self) -> None:
        """Take the folder for this process until `let_go` or its end. Raises TaskLabError where another holds it."""
        self.create()
        lock = (self.path / "lock").open("ab")
        deadline = time.monotonic() + LOCK_SECONDS
        while not _try_lock(lock, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                lock.close()
                note = self._read()
                holder = f"process {note.pid}" if note else "another process"
                message = (
                    f"{holder} is using the data folder {self.path}; stop it, or set TASKLAB_DATA to another folder"
                )
                raise TaskLabError(message)
            time.sleep(LOCK_PAUSE)
        self._lock = lock

    def let_go(self) -> None:
        """Give the folder up; safe to call twice."""
        if self._lock is not None:
            self._note.unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def write(self, note: Note) -> None:
        """Leave the note, in one step, so that nobody reads half of it."""
        draft = self._note.with_suffix(".new")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)  # the Redis URL has a password
        draft.write_text(json.dumps(asdict(note), indent=2), "utf-8")
        draft.replace(self._note)

    def running(self) -> Note | None:
        """Return the holder's note, or None where nobody holds the folder."""
        try:
            lock = (self.path / "lock").open("rb")
        except OSError:
            return None
        with lock:
            if _try_lock(lock, fcntl.LOCK_SH):
                return None
        return self._read()

    def _read(self) -> Note | None:
        with contextlib.suppress(OSError, ValueError, TypeError):
            return Note(**json.loads(self._note.read_text("utf-8")))
        return None


def _try_lock(lock: IO[bytes], kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
