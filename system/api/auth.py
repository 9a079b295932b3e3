"""Who calls: API keys, the scopes they open, and why none are needed on the loopback alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest
from ipaddress import ip_address


class Scope(StrEnum):
    """What a key opens."""

    SUBMIT = "submit"  # submit; see and cancel one's own tasks
    READ = "read"  # see everything
    ADMIN = "admin"  # everything


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is behind a request; without keys everybody is a nameless administrator."""

    name: str | None = None
    scope: Scope = Scope.ADMIN

    @property
    def sees_only(self) -> str | None:
        """The owner whose tasks are all that the caller sees; None: all tasks."""
        return self.name if self.scope is Scope.SUBMIT else None


class Keys:
    """The keys there are. Only their hashes are kept, and all are compared, each in constant time."""

    def __init__(self, callers: Iterable[tuple[Caller, str]] = ()) -> None:
        self._callers = [(_digest(key), caller) for caller, key in callers]

    @classmethod
    def parse(cls, text: str) -> Keys:
        """Read "name:scope:key, …"; raises ValueError that names the entry, never the key."""
        return cls(_entry(place, entry) for place, entry in enumerate(text.split(","), 1) if entry.strip())

    def __bool__(self) -> bool:
        return bool(self._callers)

    def find(self, authorization: str | None) -> Caller | None:
        """Return who an Authorization header (`Bearer KEY`) belongs to, or None."""
        scheme, _, key = (authorization or "").partition(" ")
        digest = _digest(key.strip())
        matches = [caller for known, caller in self._callers if compare_digest(known, digest)]
        return matches[0] if matches and scheme.lower() == "bearer" else None


def refuse_bind(host: str, keys: Keys) -> str | None:
    """Say why the API must not listen on `host`, or None where it may: without keys, loopback only."""
    if keys or is_loopback(host):
        return None
    return (
        f"without API keys the API listens on the loopback only, not on {host}: "
        "set TASKLAB_API_KEYS=name:scope:key (scope submit, read or admin)"
    )


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine's own, and nobody else's."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _entry(place: int, entry: str) -> tuple[Caller, str]:
    name, scope, key = (part.strip() for part in [*entry.split(":", 2), "", ""][:3])
    if not name or not key or scope not in set(Scope):
        message = f"API key {place} is not name:scope:key with a scope of {', '.join(Scope)}"
        raise ValueError(message)
    return Caller(name, Scope(scope)), key


def _digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogatepass")).digest()
