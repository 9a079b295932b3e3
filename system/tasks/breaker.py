"""A circuit breaker as a task type asks for one: which dependency, and when it counts as broken."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from system.tasks.errors import NonRetryable

Errors = type[BaseException] | tuple[type[BaseException], ...]
NAME = re.compile(
    r"[!#-\[\]-~]{1,100}"
)  # printable ASCII without space, " and \: it stands in Redis, in URLs, on pages


@dataclass(frozen=True, slots=True)
class Breaker:
    """One named dependency, whose failures all workers count together; times are seconds.

    It opens when of at least `minimum` attempts in the last `window` the share `failure_rate` or more failed. While it
    is open its tasks wait. After `pause` one task goes through as a probe: if that goes well the breaker closes, if not
    it stays open for twice as long as before, at most `longest_pause`.

    Failures are exceptions of the classes `on` and none of `not_on`; running out of time is a TimeoutError. Other
    failures count neither for nor against. Raises ValueError for what can't be meant.
    """

    name: str
    failure_rate: float = 0.5
    minimum: int = 10
    window: float = 30.0
    pause: float = 5.0
    longest_pause: float = 60.0
    on: Errors = Exception
    not_on: Errors = NonRetryable

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            message = f"a breaker's name is 1 to 100 printable ASCII characters without spaces: {self.name!r}"
            raise ValueError(message)
        times = (self.window, self.pause, self.longest_pause)
        if not 0 < self.failure_rate <= 1 or self.minimum < 1 or not all(0 < time < math.inf for time in times):
            message = f"a breaker needs a failure rate up to 1, a minimum of 1 or more, and times above 0: {self}"
            raise ValueError(message)

    def counts(self, error: type[BaseException]) -> bool:
        """Whether an exception of this class is a failure of the dependency."""
        return issubclass(error, self.on) and not issubclass(error, self.not_on)
