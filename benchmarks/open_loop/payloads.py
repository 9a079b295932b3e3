"""What is submitted: a few kinds of tasks, each with its share, drawn by a seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from benchmarks.engine.mix import Mix
from system.tasks.task import DEFAULT_PRIORITY

Draw = Callable[[str], dict[str, Any]]
"""Makes the next task, as POST /tasks takes it, from what its client calls it."""


class BadMix(ValueError):
    """A mix that can't be read."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of task; of all tasks, `share` in the sum of the shares are of it."""

    type: str
    payload: dict[str, Any] = field(default_factory=dict)
    share: float = 1.0
    priority: int = DEFAULT_PRIORITY


def read(text: str) -> Sequence[Kind]:
    """Read a type's name, or a JSON list of kinds. Raises BadMix."""
    if not text.startswith("["):
        return [Kind(text)]
    try:
        kinds = [Kind(**one) for one in orjson.loads(text)]
        if not sum(kind.share for kind in kinds) > 0:
            raise ValueError  # noqa: TRY301
    except (TypeError, ValueError):
        message = f'{text!r} is not a list like [{{"type": "sleep", "payload": {{"seconds": 0.02}}, "share": 1}}]'
        raise BadMix(message) from None
    return kinds


def drawing(kinds: Sequence[Kind], seed: str, *, extra_bytes: int, marks: bool) -> Draw:
    """Draw from some kinds; `extra_bytes` of text are added as `filler`, and the task's own name as `mark`."""
    chance = random.Random(seed)  # noqa: S311 (repeatable, not secret)
    shares = [kind.share for kind in kinds]
    filler = {"filler": "x" * extra_bytes} if extra_bytes else {}

    def draw(mark: str) -> dict[str, Any]:
        (kind,) = chance.choices(kinds, shares)
        payload = {**kind.payload, **filler, **({"mark": mark} if marks else {})}
        return {"type": kind.type, "payload": payload, "priority": kind.priority}

    return draw


def drawing_checked(seed: str) -> Draw:
    """Draw from the mix of the crash runs, whose types know their mark."""
    mix = Mix(random.Random(seed), delays=False)  # noqa: S311

    def draw(mark: str) -> dict[str, Any]:
        new = mix.task(mark)
        return {"type": new.type, "payload": new.payload, "priority": new.priority}

    return draw
