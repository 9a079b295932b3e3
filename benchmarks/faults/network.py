"""Several hosts on one machine: network namespaces joined by a switch, whose links can be cut (Linux, root only).

    api    ─┐
    redis  ─┼─ switch      each host has an address, 198.18.0.N (a range reserved for trials), and a loopback of its own
    worker ─┘

A host is a process that holds its namespace; it dies with this one, even by SIGKILL, and its links with it. So nothing
is left behind, and trials side by side don't meet.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.checker.history import FaultKind
from benchmarks.faults.log import FaultLog
from benchmarks.faults.waiting import until
from system.local.guard import Guard

NETWORK = "198.18.0"
TOOLS = ("ip", "unshare", "nsenter")
BRIDGE = "bridge"
DEVICE = "eth0"


class Host:
    """One network namespace, and the processes that were started in it."""

    def __init__(self, name: str, address: str) -> None:
        self.name = name
        self.address = address
        self.port_of_switch = f"to-{address.rpartition('.')[2]}"
        self._switch: Host | None = None
        self._guarded: list[tuple[subprocess.Popen[Any], Guard]] = []
        self._holder = self._start(["unshare", "--net", "sleep", "infinity"])
        try:
            until(self._has_its_own, f"host {name} has a network of its own")
            self.ip("link", "set", "lo", "up")
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """The process that holds the namespace."""
        return self._holder.pid

    @property
    def inside(self) -> list[str]:
        """The words in front of a command that let it run on this host."""
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net", "--"]

    def popen(self, command: Sequence[str | Path], **options: Any) -> subprocess.Popen[Any]:
        """Start a program on this host; options are those of subprocess.Popen. It is killed when the host goes."""
        return self._start([*self.inside, *command], **options)

    def ip(self, *arguments: str) -> None:
        """Configure the host's network."""
        subprocess.run([*self.inside, "ip", *arguments], check=True, capture_output=True)  # noqa: S603 (our own words)

    def join(self, switch: Host) -> None:
        """Plug the host into a switch."""
        self._switch = switch
        port = self.port_of_switch
        switch.ip("link", "add", port, "type", "veth", "peer", "name", DEVICE, "netns", str(self.pid))
        switch.ip("link", "set", port, "master", BRIDGE, "up")
        self.ip("address", "add", f"{self.address}/24", "dev", DEVICE)
        self.ip("link", "set", DEVICE, "up")

    @contextmanager
    def cut(self, target: str, log: FaultLog) -> Iterator[None]:
        """Cut the host off, at the switch, for as long as the block lasts: its packets vanish, no error tells it so."""
        switch = self._switch or self
        with log.during(FaultKind.PARTITION, target):
            switch.ip("link", "set", self.port_of_switch, "down")
            try:
                yield
            finally:
                switch.ip("link", "set", self.port_of_switch, "up")

    def close(self) -> None:
        """Kill what runs on the host, and the host."""
        for process, guard in reversed(self._guarded):
            process.kill()
            guard.dismiss()
            process.wait()

    def _has_its_own(self) -> bool:
        return Path(f"/proc/{self.pid}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()

    def _start(self, command: Sequence[str | Path], **options: Any) -> subprocess.Popen[Any]:
        process = subprocess.Popen(command, start_new_session=True, **options)  # noqa: S603 (the trial's own programs)
        self._guarded.append((process, Guard(process.pid)))
        return process


@contextmanager
def hosts(*names: str) -> Iterator[list[Host]]:
    """Give as many hosts as names, each of which reaches the others, for as long as the block lasts."""
    with ExitStack() as stack:
        switch = Host("switch", f"{NETWORK}.0")
        stack.callback(switch.close)
        switch.ip("link", "add", BRIDGE, "type", "bridge")
        switch.ip("link", "set", BRIDGE, "up")
        made = []
        for number, name in enumerate(names, start=1):
            host = Host(name, f"{NETWORK}.{number}")
            stack.callback(host.close)
            host.join(switch)
            made.append(host)
        yield made


def why_no_hosts() -> str | None:
    """Tell why hosts can't be had here; None where they can."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        return f"network namespaces need {', '.join(missing)} (Linux: iproute2 and util-linux)"
    if os.geteuid() != 0:
        return "network namespaces need root"
    try:
        with hosts("probe"):
            return None
    except (OSError, TimeoutError, subprocess.CalledProcessError) as error:
        return f"network namespaces can't be had here: {error}"
