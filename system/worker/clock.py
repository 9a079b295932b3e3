"""The clock a worker goes by: monotonic seconds, and a parameter, so that a simulation can turn the hands."""

from __future__ import annotations

from collections.abc import Callable

Clock = Callable[[], float]
