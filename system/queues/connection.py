"""One place where the Redis client's errors become TaskLab's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, ReadOnlyError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from system.tasks.errors import QueueUnavailable

# What a server says while it can't serve: loading, a hanging script, a replica, a failed disk, protected mode, an ACL.
PASSING = (
    "LOADING",
    "BUSY ",
    "READONLY",
    "MISCONF",
    "OOM",
    "MASTERDOWN",
    "CLUSTERDOWN",
    "TRYAGAIN",
    "NOREPLICAS",
    "DENIED ",
    "NOPERM",
)


@contextmanager
def redis_errors() -> Iterator[None]:
    """Raise QueueUnavailable for whatever means "not now": no connection, no answer, no memory."""
    try:
        yield
    except (RedisConnectionError, RedisTimeoutError, ReadOnlyError, OutOfMemoryError, OSError) as error:
        raise _unavailable(error) from error
    except ResponseError as error:
        if str(error).startswith(PASSING):
            raise _unavailable(error) from error
        raise


def _unavailable(error: Exception) -> QueueUnavailable:
    reason = str(error) or type(error).__name__
    return QueueUnavailable(f"Redis does not serve ({reason}); is it running, and is REDIS_URL right?")
