"""A child's clock can be an hour off."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from benchmarks.faults.clock import MISSING, find_libfaketime, wrong_clock

CHILD = """
import asyncio, threading, time
day, steady = time.time(), time.monotonic()
asyncio.run(asyncio.sleep(0.05))
threading.Event().wait(0.05)
print(day, time.monotonic() - steady)
"""


@pytest.mark.parametrize("hours", [1, -1])
def test_the_time_of_day_is_wrong_and_durations_are_right(hours: int) -> None:
    """What a badly set clock does to a worker: dates lie, waits don't."""
    library = find_libfaketime()
    if library is None:
        pytest.skip(MISSING)
    environment = os.environ | wrong_clock(library, hours * 3600)
    before = time.time()
    output = subprocess.check_output([sys.executable, "-c", CHILD], env=environment, text=True, timeout=30)
    day, duration = map(float, output.split())
    assert before <= day - hours * 3600 + 0.01 <= time.time() + 0.02
    assert 0.1 <= duration < 20
