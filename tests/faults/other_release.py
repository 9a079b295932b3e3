"""TaskLab as another release of it would run: its Lua library has another text, and so another name.

python -m tests.faults.other_release worker …        as `tasklab worker …`
"""

from __future__ import annotations

from hashlib import sha256

from system.cli.app import main
from system.queues import functions

REMARK = "-- this is another release\n"


def other_library() -> tuple[str, str]:
    """Return version and text of the library with one more comment."""
    version, text = functions.library()
    other = sha256((text + REMARK).encode()).hexdigest()[:8]
    return other, text.replace(version, other) + REMARK


if __name__ == "__main__":
    changed = other_library()
    functions.library = lambda: changed  # type: ignore[assignment]
    main()
