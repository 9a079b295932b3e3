"""Whether anything of a task is still in Redis: looked for in every key and value, by its payload and its name."""

from __future__ import annotations

import base64
import contextlib
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import redis

PAGE = 1_000


def is_left(url: str, marks: list[str]) -> bool:
    """Whether one of the texts occurs anywhere, be it in base64 or packed by zlib."""
    wanted = [mark.encode() for mark in marks if mark]
    with redis.Redis.from_url(url) as client:
        return any(_holds(data, wanted) for data in _everything(client))


def _holds(data: bytes, wanted: list[bytes]) -> bool:
    return any(mark in text for text in _readings(data) for mark in wanted)


def _readings(data: bytes) -> Iterator[bytes]:
    yield data
    with contextlib.suppress(zlib.error):
        yield zlib.decompress(data)
    for part in data.split(b'"'):  # Celery puts its body in base64 into JSON
        with contextlib.suppress(ValueError):
            yield base64.b64decode(part, validate=True)


def _everything(client: redis.Redis) -> Iterator[bytes]:
    for key in client.scan_iter(count=PAGE):
        yield key
        yield from _flat(_value(client, key))


def _value(client: redis.Redis, key: bytes) -> Any:
    readers: dict[bytes, Callable[[bytes], Any]] = {
        b"string": client.get,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"hash": client.hgetall,
        b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1),
        b"stream": client.xrange,
    }
    kind: Any = client.type(key)
    reader = readers.get(kind)  # none where the key went away meanwhile
    return reader(key) if reader else None


def _flat(value: Any) -> Iterator[bytes]:
    match value:
        case bytes():
            yield value
        case dict():
            yield from _flat([*value.keys(), *value.values()])
        case list() | tuple() | set():
            for one in value:
                yield from _flat(one)
