"""Handlers: the functions that do the work, registered under a name and found by it, never imported from data."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from system.tasks.arguments import Names
from system.tasks.breaker import Breaker, Errors
from system.tasks.errors import InvalidPayload, UnknownType
from system.tasks.task import DEFAULT_MAX_ATTEMPTS

Isolation = Literal["none", "process"]
Jitter = Literal["full", "equal", "none"]
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class RetryBudget:
    """How many retries of one task type may begin, for all workers of a queue together.

    A bucket of `burst` tokens that fills up again by `per_second`. Each retry takes one; while the bucket is empty
    retries wait for the next token, and none is dropped or counted as failed. So an outage that fails a thousand tasks
    does not answer with a thousand more calls.
    """

    per_second: float
    burst: int = 10

    def __post_init__(self) -> None:
        if not 0 < self.per_second < math.inf or self.burst < 1:
            message = f"a retry budget needs a rate above 0 and a burst of 1 or more: {self}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how soon a failed task runs again; times are seconds.

    The pause before retry n (from 0) is `min(cap, base * 2**n)`, then jittered: anywhere below it ("full"), in its
    upper half ("equal"), or exactly it ("none"). Full jitter spreads a crowd of failures best (AWS Architecture
    Blog, "Exponential Backoff And Jitter", 2015). Where `delays` are given they are the pauses, exactly, one after the
    other; the last one repeats.

    Only errors of the classes `on`, and none of the classes `not_on`, are tried again; running out of time counts as a
    TimeoutError. Raises ValueError for what can't be meant.
    """

    max_attempts: int = DEFAULT_MAX_ATTEMPTS
    base: float = 1.0
    cap: float = 300.0
    jitter: Jitter = "full"
    delays: Sequence[float] = ()
    on: Errors = BaseException
    not_on: Errors = ()
    budget: RetryBudget | None = None

    def __post_init__(self) -> None:
        if self.max_attempts < 1 or not all(0 <= pause < math.inf for pause in (self.base, self.cap, *self.delays)):
            message = f"a retry needs one attempt or more, and pauses of 0 s or more: {self}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Handler:
    """One registered function and how it wants to be run."""

    name: str
    function: Callable[..., Any]
    retry: Retry = field(default_factory=Retry)
    timeout: float | None = None
    soft_timeout: float | None = None
    breaker: Breaker | None = None
    isolation: Isolation = "none"
    signature: inspect.Signature = field(default_factory=inspect.Signature)
    names: Names = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", Names.of(self.signature))  # it is frozen

    @property
    def asynchronous(self) -> bool:
        """Whether the handler runs on the event loop itself."""
        return inspect.iscoroutinefunction(self.function)

    def check(self, payload: dict[str, Any]) -> None:
        """Raise InvalidPayload unless `payload` fits the function's arguments by name."""
        if self.names.fit(payload.keys()):
            return
        try:
            self.signature.bind(**payload)
        except TypeError as error:
            message = f"{self.name}{self.signature}: {error}"
            raise InvalidPayload(message) from None


HANDLERS: dict[str, Handler] = {}


def task(
    name: str,
    *,
    retry: Retry | None = None,
    timeout: float | None = None,
    soft_timeout: float | None = None,
    breaker: str | Breaker | None = None,
    isolation: Isolation = "none",
) -> Callable[[F], F]:
    """Register a function as the handler of task type `name`.

    `async def` handlers run on the worker's event loop, plain functions in a thread, `isolation="process"` in a child
    process that a timeout can kill. `timeout` is in seconds, and so is `soft_timeout`, after which the handler gets a
    SoftTimeLimit to clean up before that; `breaker` names the dependency whose circuit breaker guards the handler. The
    function itself stays as it is. Raises ValueError where the name is taken, or where another task type declares the
    breaker with other numbers.
    """
    if soft_timeout is not None and not 0 < soft_timeout < (timeout or math.inf):
        message = f"task type {name!r}: a soft time limit lies above 0 s and below the hard one"
        raise ValueError(message)

    def register(function: F) -> F:
        known = HANDLERS.get(name)
        if known is not None and known.function.__qualname__ != function.__qualname__:
            message = f"task type {name!r} is registered already, by {known.function.__qualname__}"
            raise ValueError(message)
        guard = Breaker(breaker) if isinstance(breaker, str) else breaker
        _agree(name, guard)
        HANDLERS[name] = Handler(
            name=name,
            function=function,
            retry=retry or Retry(),
            timeout=timeout,
            soft_timeout=soft_timeout,
            breaker=guard,
            isolation=isolation,
            signature=inspect.signature(function),
        )
        return function

    return register


def breakers() -> dict[str, Breaker]:
    """Return the breakers that the registered handlers name."""
    return {one.breaker.name: one.breaker for one in HANDLERS.values() if one.breaker is not None}


def _agree(name: str, breaker: Breaker | None) -> None:
    """Raise ValueError where another task type gives the same breaker other numbers: it has one set of them."""
    for other in HANDLERS.values():
        known = other.breaker
        if breaker is None or known is None or other.name == name or known.name != breaker.name:
            continue
        if known != breaker:
            message = f"breaker {breaker.name} differs from the one of task type {other.name}: share one Breaker"
            raise ValueError(message)


def find(name: str) -> Handler:
    """Return the handler of a task type, or raise UnknownType with the names there are."""
    try:
        return HANDLERS[name]
    except KeyError:
        known = ", ".join(sorted(HANDLERS)) or "none"
        message = f"no handler for task type {name[:80]!r}; known: {known}"
        raise UnknownType(message) from None
