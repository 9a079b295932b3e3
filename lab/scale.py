"""How long the lessons' runs are: as in class, or shortened where `TASKLAB_LESSON_SCALE=ci`."""

from __future__ import annotations

import os
from typing import TypeVar

T = TypeVar("T")

VARIABLE = "TASKLAB_LESSON_SCALE"


def short() -> bool:
    """Whether runs are to be short."""
    return os.environ.get(VARIABLE) == "ci"


def choose(in_class: T, ci: T) -> T:
    """Return the amount that fits."""
    return ci if short() else in_class
