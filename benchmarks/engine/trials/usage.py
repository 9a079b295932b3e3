"""Processor and memory by role, summed over the lives of processes that die and come back."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

BENCH, HOST = "bench", "host"
MB = 1e6


@dataclass(frozen=True, slots=True)
class Reading:
    """What was used up to a moment, in CPU seconds, and what memory each role held."""

    at: float
    """Seconds since 1970."""
    cpu: Mapping[str, float]
    """By role, child processes included; `bench` is the measuring itself, `host` all that runs on the machine."""
    own: Mapping[str, float]
    """Of the role's main process alone, which has one busy thread."""
    rss_mb: Mapping[str, float]


@dataclass(slots=True)
class _Life:
    """One process of a role."""

    role: str
    process: psutil.Process
    own: float = 0.0
    cpu: float = 0.0


@dataclass(slots=True)
class Usage:
    """Reads processes; `roles` names them by what they do. What a process used just before it died is not seen."""

    roles: Callable[[], Mapping[str, int]]
    _lives: dict[int, _Life] = field(default_factory=dict)
    _cpu: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    _own: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def read(self, at: float) -> Reading:
        """Read all processes."""
        memory: dict[str, float] = {}
        children = _children()
        for role, pid in self._now().items():
            with suppress(psutil.Error):
                memory[role] = self._read(role, pid, children[pid] if role != BENCH else [])
        spent = psutil.cpu_times()
        busy = sum(spent) - spent.idle - getattr(spent, "iowait", 0.0) - getattr(spent, "guest", 0.0)
        return Reading(at, {**self._cpu, HOST: busy}, dict(self._own), memory)

    def pss_mb(self) -> dict[str, float]:
        """Return memory by role, shared pages in proportion; slow, and empty where the system does not tell."""
        found: dict[str, float] = {}
        for role, pid in self._now().items():
            with suppress(psutil.Error, AttributeError):
                found[role] = psutil.Process(pid).memory_full_info().pss / MB
        return found

    def _now(self) -> dict[str, int]:
        return {**self.roles(), BENCH: os.getpid()}

    def _read(self, role: str, pid: int, children: list[psutil.Process]) -> float:
        life = self._lives.get(pid)
        if life is None or life.role != role or not life.process.is_running():
            # A process is counted from its birth, ourselves from the first look on.
            life = self._lives[pid] = _Life(role, psutil.Process(pid))
            if role == BENCH:
                life.own = life.cpu = _seconds(life.process)
        own = _seconds(life.process)
        times = life.process.cpu_times()
        reaped = 0.0 if role == BENCH else times.children_user + times.children_system
        cpu = own + reaped + sum(map(_seconds, children))
        self._own[role] += max(0.0, own - life.own)
        self._cpu[role] += max(0.0, cpu - life.cpu)
        life.own, life.cpu = own, cpu
        return float(life.process.memory_info().rss) / MB


def _seconds(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


def _children() -> defaultdict[int, list[psutil.Process]]:
    """Find everybody's children in one pass; asking process by process would be a pass each."""
    found: defaultdict[int, list[psutil.Process]] = defaultdict(list)
    for process in psutil.process_iter(["ppid"]):
        found[process.info["ppid"]].append(process)
    return found


def cores() -> int:
    """Return how many cores the host's CPU seconds are spread over."""
    return psutil.cpu_count() or 1
