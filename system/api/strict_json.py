"""JSON as strict as the API promises: what another reader might understand differently is refused."""

from __future__ import annotations

import json
from math import isinf
from typing import Any, NoReturn

from system.operations import plain_json
from system.operations.plain_json import MAX_DEPTH, MAX_INTEGER, ROOT, NotPlain

_LONGEST_INTEGER = len(str(-MAX_INTEGER))


class Malformed(ValueError):
    """No JSON at all, or JSON with a key twice in one object."""


def parse(body: bytes) -> Any:
    """Parse a body.

    Raises Malformed for what is no JSON (in UTF-8, without a byte order mark) or ambiguous, and NotPlain for values
    that are out of bounds: NaN and infinities, integers outside ±2^53, U+0000, lone surrogates, deep nesting.
    """
    try:
        value = _DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        message = f"no valid UTF-8 at byte {error.start}"
        raise Malformed(message) from None
    except json.JSONDecodeError as error:
        message = f"no valid JSON: {error}"
        raise Malformed(message) from None
    except RecursionError:
        raise NotPlain(ROOT, f"nested more than {MAX_DEPTH} levels deep") from None
    # Only an escape can smuggle in U+0000 or half a surrogate pair, and only many brackets can nest deeply.
    if b"\\u" in body or body.count(b"{") + body.count(b"[") > MAX_DEPTH:
        plain_json.check(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        message = f"the key {twice!r} stands twice in one object"
        raise Malformed(message)
    return values


def _constant(name: str) -> NoReturn:
    raise NotPlain(ROOT, f"{name} is no JSON number")


def _float(text: str) -> float:
    value = float(text)
    if isinf(value):
        raise NotPlain(ROOT, f"{text[:40]} is too large for a number")
    return value


def _int(text: str) -> int:
    value = int(text) if len(text) <= _LONGEST_INTEGER else MAX_INTEGER + 1
    if abs(value) > MAX_INTEGER:
        raise NotPlain(ROOT, f"{text[:40]} is outside ±2^53, beyond which integers lose their last digits elsewhere")
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, parse_int=_int)
