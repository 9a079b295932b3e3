"""Plain JSON: the values that survive every database, every language and JavaScript's numbers unchanged."""

from __future__ import annotations

from math import isfinite
from typing import Any

MAX_DEPTH = 32
MAX_INTEGER = 2**53
ROOT = ""  # pointer to the whole value
_FIRST_SURROGATE, _LAST_SURROGATE = "\ud800", "\udfff"


class NotPlain(ValueError):
    """A value that is JSON to Python but not everywhere; `pointer` (RFC 6901) says where it stands."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(message)
        self.pointer = pointer


def check(value: Any, pointer: str = ROOT, depth: int = 1) -> None:
    """Raise NotPlain unless `value` is made of plain objects, arrays, strings, numbers, booleans and nulls."""
    if isinstance(value, str):
        _check_text(value, pointer)
    elif isinstance(value, dict):
        _check_depth(pointer, depth)
        for key, item in value.items():
            check_key(key, pointer)
            check(item, pointer + step(key), depth + 1)
    elif isinstance(value, list | tuple):
        _check_depth(pointer, depth)
        for index, item in enumerate(value):
            check(item, pointer + step(index), depth + 1)
    elif value is not None:
        _check_number(value, pointer)


def step(part: str | int) -> str:
    """Return one step of a JSON pointer."""
    return "/" + str(part).replace("~", "~0").replace("/", "~1")


def check_key(key: Any, pointer: str) -> None:
    """Raise NotPlain unless `key` is text."""
    if not isinstance(key, str):
        raise NotPlain(pointer, f"keys must be text, {key!r} is not")
    _check_text(key, pointer)


def _check_depth(pointer: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise NotPlain(pointer, f"nested more than {MAX_DEPTH} levels deep")


def _check_text(text: str, pointer: str) -> None:
    if text.isascii():
        if "\0" in text:
            raise NotPlain(pointer, "text must not contain U+0000, which no database stores")
    elif "\0" in text or any(_FIRST_SURROGATE <= letter <= _LAST_SURROGATE for letter in text):
        raise NotPlain(pointer, "text must not contain U+0000 or half a surrogate pair")


def _check_number(value: Any, pointer: str) -> None:
    """Check what is neither text nor a container; True and False count as the integers they are to Python."""
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise NotPlain(pointer, "integers must lie within ±2^53, beyond which other languages round them")
    elif not isinstance(value, float):
        raise NotPlain(pointer, f"{type(value).__name__} is no JSON value")
    elif not isfinite(value):
        raise NotPlain(pointer, "numbers must be finite")
