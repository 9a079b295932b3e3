"""How often a caller may ask: a bucket of tokens for each, a token a request, refilled steadily, in this process."""

from __future__ import annotations

from math import ceil

from token_bucket import Limiter, MemoryStorage

from system.api.auth import Caller

NOBODY = "(no key)"  # without keys all callers are one


class RateLimit:
    """Lets `per_second` requests a second of each caller through, after a rest a second's worth of them at once."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._buckets = MemoryStorage()
        self._limiter = Limiter(per_second, ceil(per_second), self._buckets)

    def pause(self, caller: Caller) -> int | None:
        """Take a token from the caller's bucket; where there is none, return in how many seconds there will be one."""
        name = caller.name or NOBODY
        if self._limiter.consume(name):
            return None
        return ceil((1 - self._buckets.get_token_count(name)) / self._per_second)
