"""A wrong clock for a child process, by libfaketime (Debian: the package `faketime`)."""

from __future__ import annotations

from pathlib import Path

PLACES = ("usr/lib/*/faketime/libfaketimeMT.so.1", "usr/lib*/faketime/libfaketimeMT.so.1")  # MT: right with threads
MISSING = "libfaketime is not here; on Debian and Ubuntu: apt install faketime"


def find_libfaketime() -> Path | None:
    """Return the library, or None where it is not installed."""
    return next((path for place in PLACES for path in Path("/").glob(place)), None)


def wrong_clock(library: Path, seconds: float) -> dict[str, str]:
    """Return what to add to a child's environment so that its clock is `seconds` ahead (behind, where negative).

    Only the time of day is wrong, as on a badly set machine: with the monotonic clock shifted too, Python's timed waits
    would never end. One thing is beyond libfaketime 0.9.10: `time.sleep` fails in such a child (asyncio's does not).
    """
    return {"LD_PRELOAD": str(library), "FAKETIME": f"{seconds:+.3f}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
