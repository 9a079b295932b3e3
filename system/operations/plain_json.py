"""Plain JSON: the values that survive every database, every language and JavaScript's numbers unchanged."""

from __future__ import annotations

import re
from math import isfinite
from typing import Any

MAX_DEPTH = 32
MAX_INTEGER = 2**53
ROOT = ""  # pointer to the whole value
_SURROGATE = re.compile("[\ud800-\udfff]")


class NotPlain(ValueError):
    """A value that is JSON to Python but not everywhere; `pointer` (RFC 6901) says where it stands."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.pointer = ROOT


def check(value: Any, depth: int = 1) -> None:
    """Raise NotPlain unless `value` is made of plain objects, arrays, strings, numbers, booleans and nulls.

    `depth` is the level that `value` itself stands on: 1, or more for a part of something larger.
    """
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict):
        _check_depth(depth)
        for key, item in value.items():
            _check_key(key)
            try:
                check(item, depth + 1)
            except NotPlain as error:
                error.pointer = step(key) + error.pointer
                raise
    elif isinstance(value, list) or type(value) is tuple:
        _check_depth(depth)
        for index, item in enumerate(value):
            try:
                check(item, depth + 1)
            except NotPlain as error:
                error.pointer = step(index) + error.pointer
                raise
    elif value is not None:
        _check_number(value)


def step(part: str | int) -> str:
    """Return one step of a JSON pointer."""
    return "/" + str(part).replace("~", "~0").replace("/", "~1")


def _check_key(key: Any) -> None:
    if type(key) is not str:
        message = f"keys must be text, {key!r} is not"
        raise NotPlain(message)
    _check_text(key)


def _check_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        message = f"nested more than {MAX_DEPTH} levels deep"
        raise NotPlain(message)


def _check_text(text: str) -> None:
    if "\0" in text or (not text.isascii() and _SURROGATE.search(text)):
        message = "text must not contain U+0000, which not every database stores, or half a surrogate pair"
        raise NotPlain(message)


def _check_number(value: Any) -> None:
    """Check what is neither text nor a container; True and False count as the integers they are to Python."""
    if isinstance(value, int):
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            message = "integers must lie within ±2^53, beyond which other languages round them"
            raise NotPlain(message)
    elif type(value) is not float:
        message = f"{type(value).__name__} is no JSON value"
        raise NotPlain(message)
    elif not isfinite(value):
        message = "numbers must be finite"
        raise NotPlain(message)
