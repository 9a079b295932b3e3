"""The child's side of living no longer than its parent."""

from __future__ import annotations

import os
import signal
import threading

STANDARD_INPUT = 0


def exit_with_parent() -> None:
    """End this process and its own children as soon as standard input closes: the parent holds its other end.

    A thread waits there, so it works however busy the rest is, and whatever ended the parent, even SIGKILL.
    """
    threading.Thread(target=_wait_and_exit, name="parent", daemon=True).start()


def _wait_and_exit() -> None:
    while os.read(STANDARD_INPUT, 1):
        pass
    if os.getpgrp() == os.getpid():  # our group is our own: take our children along
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
