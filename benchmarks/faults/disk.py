"""A disk with no space left: a small one of memory (for root only), filled up."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.checker.history import FaultKind
from benchmarks.faults.log import FaultLog

BLOCKS = (65_536, 4_096)  # big ones first, then whatever still fits
FILLER = "filler"


def why_no_small_disk() -> str | None:
    """Tell why small disks can't be had here; None where they can."""
    if os.geteuid() != 0:
        return "mounting a small tmpfs needs root"
    with tempfile.TemporaryDirectory() as folder:
        try:
            with small_disk(Path(folder)):
                return None
        except (OSError, subprocess.CalledProcessError) as error:
            return f"a tmpfs can't be mounted here: {error}"


@contextmanager
def small_disk(folder: Path, *, megabytes: int = 3) -> Iterator[None]:
    """Mount a disk of so many megabytes over a folder, which must exist, for as long as the block lasts."""
    _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=777", "tmpfs", str(folder))
    try:
        yield
    finally:
        _run("umount", "--lazy", str(folder))  # lazy: a server that still has files open must not keep it


@contextmanager
def full(folder: Path, target: str, log: FaultLog) -> Iterator[None]:
    """Leave no byte free on the disk of a folder for as long as the block lasts; meant for small disks."""
    filler = folder / FILLER
    with log.during(FaultKind.DISK, target):
        try:
            _fill(filler)
            yield
        finally:
            filler.unlink(missing_ok=True)


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        for size in BLOCKS:
            with suppress(OSError):
                while True:
                    file.write(bytes(size))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 (mount and umount, by the system's path)
