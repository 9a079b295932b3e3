"""Which files the demo indexes."""

from __future__ import annotations

import sysconfig
from pathlib import Path

SKIPPED = {"__pycache__", "dist-packages", "idle_test", "site-packages", "test", "tests"}


def library_files() -> list[str]:
    """Return the standard library's Python files, relative to its folder, without tests and installed packages."""
    library = Path(sysconfig.get_path("stdlib")).resolve()
    files = [path.relative_to(library) for path in library.rglob("*.py") if _lies_in(library, path)]
    return sorted(str(path) for path in files if not SKIPPED.intersection(path.parts))


def _lies_in(library: Path, path: Path) -> bool:
    # Some systems link a file or two to elsewhere; the handler refuses to follow.
    return path.is_file() and path.resolve().is_relative_to(library)
