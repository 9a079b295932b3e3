"""`python -m benchmarks.open_loop`: the command `locust`, for a parent that holds its standard input open."""

from __future__ import annotations

import os
import signal

import gevent
from gevent.os import tp_read
from locust.main import main

STANDARD_INPUT = 0


def exit_with_parent() -> None:
    """Do what system/local/parent.py does: its thread, once gevent has patched threads, would block all others."""
    while tp_read(STANDARD_INPUT, 1):
        pass
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    gevent.spawn(exit_with_parent)
    main()
