"""What a run of `peers` found, as it is kept in `peers.json`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from benchmarks.peers.adapter import Adapter
from benchmarks.peers.throughput import Cells
from system.tasks.errors import TaskLabError

FILE = "peers.json"


class UnreadablePeers(TaskLabError):
    """A folder holds no results of `tasklab-bench peers`."""


@dataclass(kw_only=True)
class CrashResult:
    """What became of one task whose worker was killed."""

    settings: str
    """`default` or `tuned`."""
    traffic: bool
    """Whether other tasks went through the queue meanwhile."""
    verdict: str
    """The checker's; `failed` where the trial itself did not work."""
    lost: int = 0
    duplicated: int = 0
    seconds: float | None = None
    """From the kill until the task ran again; None: not within the watch."""
    watched_s: float = 0.0
    left_in_redis: bool = False
    """Whether anything of the task that did not run again was still in Redis at the end."""
    reason: str = ""


@dataclass(kw_only=True)
class QueueResult:
    """Everything found about one queue."""

    name: str
    title: str
    versions: dict[str, str] = field(default_factory=dict)
    settings: str
    crash_default: str
    crash_tuned: str | None
    rounds: list[Cells] = field(default_factory=list)
    """Cells by round."""
    failures: list[str] = field(default_factory=list)
    """Why cells are missing."""
    crash: list[CrashResult] = field(default_factory=list)

    @classmethod
    def of(cls, adapter: Adapter) -> QueueResult:
        """Begin with nothing found."""
        return cls(
            name=adapter.name,
            title=adapter.title,
            settings=adapter.settings,
            crash_default=adapter.crash_default,
            crash_tuned=adapter.crash_tuned,
        )


def save(folder: Path, queues: list[QueueResult]) -> None:
    """Write all that is known so far; a cut short run leaves the file of before or the new one."""
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f"{FILE}.new"
    new.write_bytes(orjson.dumps([asdict(queue) for queue in queues], option=orjson.OPT_INDENT_2))
    new.replace(folder / FILE)


def load(folder: Path) -> list[QueueResult]:
    """Read it back; raises UnreadablePeers."""
    try:
        found: list[dict[str, Any]] = orjson.loads((folder / FILE).read_bytes())
        return [
            QueueResult(**{**queue, "crash": [CrashResult(**trial) for trial in queue["crash"]]}) for queue in found
        ]
    except (OSError, ValueError, TypeError, KeyError) as error:
        message = f"{folder / FILE}: no results of peers ({error})"
        raise UnreadablePeers(message) from None
