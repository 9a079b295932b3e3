"""What a fault proxy does to the traffic that passes through it, and to which requests: rules, and no I/O."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import StrEnum


class Direction(StrEnum):
    """Which way bytes go."""

    REQUEST = "request"  # from the client to the server
    REPLY = "reply"


class Trouble(StrEnum):
    """What can happen to them."""

    DELAY = "delay"  # they come late, by `amount` seconds
    SLOW = "slow"  # they come at `amount` bytes a second
    DROP = "drop"  # from here on the connection is silent this way
    RESET = "reset"  # the connection is torn down, this chunk undelivered
    HALF_OPEN = "half_open"  # the connection is silent both ways, and neither side learns that it is dead


@dataclass(slots=True, eq=False)
class Rule:
    """One trouble, on purpose."""

    trouble: Trouble
    direction: Direction
    amount: float = 0.0
    left: int | None = None
    """How many more requests it hits; None means no limit."""
    containing: bytes = b""
    """Only requests with these bytes near their beginning count."""

    @property
    def for_all(self) -> bool:
        """Whether it holds for all traffic, be it that a reply belongs to a request sent before the rule."""
        return self.left is None and not self.containing

    def chooses(self, request: bytes) -> bool:
        """Whether it holds for this request in particular."""
        return not self.for_all and self.left != 0 and self.containing in request


@dataclass(slots=True)
class Exchange:
    """One request and its reply: from a client's first byte after a reply until its next one."""

    rules: list[Rule] = field(default_factory=list)


class Rules:
    """The rules in force, changed by a test in any thread and read by the proxy's."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._lock = threading.Lock()
        self._hits = 0

    @property
    def hits(self) -> int:
        """How many requests were chosen so far."""
        with self._lock:
            return self._hits

    def add(self, rule: Rule) -> None:
        """Put a rule in force."""
        with self._lock:
            self._rules.append(rule)

    def clear(self) -> None:
        """End all rules."""
        with self._lock:
            self._rules.clear()

    def begin(self, request: bytes) -> Exchange:
        """Decide a request's fate: which rules choose it, each of which it uses up by one."""
        with self._lock:
            exchange = Exchange([rule for rule in self._rules if rule.chooses(request)])
            for rule in exchange.rules:
                if rule.left is not None:
                    rule.left -= 1
            self._hits += bool(exchange.rules)
        return exchange

    def of(self, exchange: Exchange, direction: Direction) -> list[Rule]:
        """Return what holds for a chunk: the rules for all, and those that chose its exchange."""
        with self._lock:
            return [
                rule for rule in self._rules if rule.direction is direction and (rule.for_all or rule in exchange.rules)
            ]
