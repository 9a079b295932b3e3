"""Commands and environment variables of a queue's processes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path

import system
from benchmarks.peers.adapter import Adapter
from benchmarks.peers.environments import HERE, Environment

INSIDE = HERE / "inside"
DATA = "data"
NOT_HANDED_ON = ("TASKLAB_", "PEER_", "PYTHON", "REDIS_URL", "DATABASE_URL", "DOCKET_", "CELERY_")


def command(parts: Sequence[str], environment: Environment, variables: Mapping[str, str]) -> list[str]:
    """Fill in what adapter.py names in braces."""
    places = {
        "{python}": str(environment.python),
        "{bin}": str(environment.python.parent),
        "{inside}": str(INSIDE),
        "{url}": variables["PEER_URL"],
        "{slots}": variables.get("PEER_SLOTS", ""),
        "{worker}": f"worker-{variables.get('PEER_WORKER', '')}",
    }
    return [reduce(lambda text, place: text.replace(place, places[place]), places, part) for part in parts]


def variables(adapter: Adapter, environment: Environment, *, url: str, folder: Path, tuned: bool) -> dict[str, str]:
    """Return what every process of a queue is told: nothing of ours that could set it otherwise is handed on."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(NOT_HANDED_ON)}
    paths = [INSIDE] if adapter.environment else [INSIDE, Path(system.__path__[0]).parent]
    places = {
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "PEER_URL": url,
        "PEER_TUNED": "1" if tuned else "",
        "PEER_FOLDER": str(folder),
        "REDIS_URL": url,
        "TASKLAB_DATA": str(folder / DATA),
    }
    return inherited | places | environment.variables | adapter.variables
