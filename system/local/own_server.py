"""A Redis for a process that was started alone: the running system's, or else one of its own."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from system.local.child import PATIENT
from system.local.data_folder import DataFolder, Note
from system.local.processes import Supervisor
from system.local.redis_server import STOP_SECONDS, RedisServer
from system.tasks.errors import TaskLabError

START_SECONDS = 10.0  # how long another process that has just taken the data folder may need to start its server
NAME = "redis"


@contextmanager
def shared_server(folder: DataFolder, database_url: str) -> Iterator[str]:
    """Give the URL of the data folder's server; who comes first starts it, keeps it alive and ends it.

    Raises TaskLabError where the folder is held by somebody who has no server to share.
    """
    deadline = time.monotonic() + START_SECONDS
    with ExitStack() as stack:
        while (note := folder.running()) is None or note.redis_url is None:
            try:
                folder.hold()
            except TaskLabError:
                if note is not None or time.monotonic() > deadline:
                    raise
            else:
                stack.callback(folder.let_go)
                note = Note(pid=os.getpid(), redis_url=stack.enter_context(_server(folder)), database_url=database_url)
                folder.write(note)
                break
        yield note.redis_url or ""


@contextmanager
def _server(folder: DataFolder) -> Iterator[str]:
    server = RedisServer(folder.redis)

    def launch() -> subprocess.Popen[bytes]:
        server.start()
        return server.process

    # It is started again when it dies; server.kill then dismisses the dead one's guard.
    supervisor = Supervisor(on_change=lambda: None, on_death=lambda _: server.kill(), pauses=PATIENT)
    supervisor.add(NAME, launch)
    try:
        yield server.url
    finally:
        supervisor.stop([NAME], STOP_SECONDS)
        server.stop()
