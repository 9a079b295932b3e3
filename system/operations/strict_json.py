"""JSON as strict as TaskLab promises: what another reader might understand differently is refused."""

from __future__ import annotations

import json
import re
from typing import Any

from system.operations import plain_json
from system.operations.plain_json import MAX_DEPTH, NotPlain

# What JSON that Python reads must have somewhere in it to become a value that is not plain: an escape, an integer or a
# float of many digits, a large exponent, a name that JSON does not know. Most has none, and needs no second look.
_SUSPICIOUS = re.compile(rb"\\u|\d{16}|[eE][+-]?\d{3}|NaN|Infinity")


class Malformed(Exception):
    """No JSON at all, or JSON with a key twice in one object."""


def parse(body: bytes) -> Any:
    """Parse what came in.

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
        message = f"nested more than {MAX_DEPTH} levels deep"
        raise NotPlain(message) from None
    except ValueError:  # Python converts no integer of more than 4,300 digits
        message = "an integer is far outside ±2^53"
        raise NotPlain(message) from None
    if _SUSPICIOUS.search(body) or body.count(b"{") + body.count(b"[") > MAX_DEPTH:
        plain_json.check(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        message = f"the key {twice[:40]!r} stands twice in one object"
        raise Malformed(message)
    return values


_DECODER = json.JSONDecoder(object_pairs_hook=_object)
