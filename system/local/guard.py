"""A guard: a tiny shell process that kills another process as soon as this one is gone, even by SIGKILL."""

from __future__ import annotations

import subprocess

# The shell waits at a pipe whose other end only this process holds. Its end, however it comes about, closes the pipe.
SCRIPT = 'read -r _; kill -9 "$1"'


class Guard:
    """Watches over one process that can't watch for its parent's end itself.

    Dismiss it once the process has been told to end and before it is waited for: until then its pid is its own, so
    the guard can't hit a stranger that was given the same pid later.
    """

    def __init__(self, pid: int) -> None:
        # A session of its own: the terminal's Ctrl-C is for us, and must not end the guard first.
        self._process = subprocess.Popen(  # noqa: S603 (a fixed script, a number)
            ["/bin/sh", "-c", SCRIPT, "guard", str(pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def dismiss(self) -> None:
        """End the guard without harm to the guarded; safe to call twice."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
