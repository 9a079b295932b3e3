"""Starts programs that refuse to be root's: as they are for an ordinary user, as nobody for root."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

NAMESPACE = ["unshare", "--user", "--map-user=65534", "--map-group=65534"]


class Unprivileged:
    """How to drop privileges for programs that work in `folder`.

    A user namespace in which root appears as nobody needs no change of owner and works in any folder; where the system
    has none, the folder is given to the user nobody.
    """

    def __init__(self, folder: Path) -> None:
        self._prefix: list[str] = []
        self._user: dict[str, Any] = {}
        if os.geteuid() != 0:
            return
        if _works(NAMESPACE):
            self._prefix = NAMESPACE
        else:
            self._user = {"user": "nobody", "extra_groups": []}
            shutil.chown(folder, "nobody")

    def own(self, path: Path) -> None:
        """Let the programs read and write a file."""
        if self._user:
            shutil.chown(path, "nobody")

    def popen(self, command: Sequence[str | Path], log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a program in a session of its own, so that the terminal's Ctrl-C does not hit it."""
        return subprocess.Popen(  # noqa: S603 (our own programs)
            [*self._prefix, *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **self._user,
        )


def _works(prefix: list[str]) -> bool:
    """Tell whether programs can be started behind a prefix; not every kernel lets one make namespaces."""
    if shutil.which(prefix[0]) is None:
        return False
    return subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0  # noqa: S603 (fixed)
