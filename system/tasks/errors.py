"""Every error TaskLab raises on purpose.

TaskLabError
├── NonRetryable          a handler's word: trying again is useless
├── RetryAfter            a handler's word: try again, in so many seconds
├── InvalidTask           a task that can't be accepted as it was asked for
│   ├── UnknownType
│   ├── InvalidPayload
│   └── InvalidBatch      some of many tasks are wrong, so that none was accepted
├── NotFound              no such task (or not yours)
├── AlreadyOver           the task has ended; nothing more can be done to it
├── NotDead               only a dead letter can be requeued or deleted
├── Conflict              the same idempotency key is being used for something else, or right now
├── Unsupported           this queue does not know the operation (the naive ones lack some)
├── TaskFailed            a client waited for a task that died or was cancelled
├── Overloaded            the backlog cap is reached; try again later
└── ServiceUnavailable    a service that is needed does not answer
    ├── QueueUnavailable
    ├── StoreUnavailable
    └── UpkeepUnavailable

SoftTimeLimit             raised inside a handler: its time is nearly up
"""

from __future__ import annotations


class TaskLabError(Exception):
    """Anything TaskLab itself has to complain about."""


class NonRetryable(TaskLabError):
    """Raise it in a handler to send the task straight to the dead letters."""


class RetryAfter(TaskLabError):
    """Raise it in a handler to choose the pause before the next attempt."""

    def __init__(self, seconds: float, reason: str = "") -> None:
        super().__init__(reason or f"asked to wait {seconds:g} s")
        self.seconds = seconds


class SoftTimeLimit(BaseException):
    """Raised inside a handler when its soft time limit is over: clean up now, the hard limit comes next.

    No Exception, because a handler's own `except Exception` around a single step must not swallow it.
    """

    def __init__(self) -> None:
        super().__init__("the soft time limit is over")


class InvalidTask(TaskLabError):
    """The task can't be accepted as it was asked for."""


class UnknownType(InvalidTask):
    """No handler of that name is registered."""


class InvalidPayload(InvalidTask):
    """The payload does not fit the handler's signature."""


class InvalidBatch(InvalidTask):
    """Some of many tasks can't be accepted, so none was; `errors` has each one's by its index."""

    def __init__(self, errors: dict[int, InvalidTask]) -> None:
        super().__init__("; ".join(f"task {index}: {error}" for index, error in list(errors.items())[:3]))
        self.errors = errors


class NotFound(TaskLabError):
    """There is no such task, or the caller may not see it."""


class AlreadyOver(TaskLabError):
    """The task has ended."""


class NotDead(TaskLabError):
    """The task is no dead letter."""


class Conflict(TaskLabError):
    """An idempotency key was used before with another body (`in_flight` false) or is being used right now."""

    def __init__(self, message: str, *, in_flight: bool) -> None:
        super().__init__(message)
        self.in_flight = in_flight


class Unsupported(TaskLabError):
    """The kind of queue in use does not know the operation."""


class TaskFailed(TaskLabError):
    """The awaited task died or was cancelled; the message is its last error."""


class Overloaded(TaskLabError):
    """The backlog cap is reached."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ServiceUnavailable(TaskLabError):
    """A service that is needed does not answer; the message names it and says what to do."""


class QueueUnavailable(ServiceUnavailable):
    """Redis does not answer."""


class StoreUnavailable(ServiceUnavailable):
    """The SQL database does not answer."""


class UpkeepUnavailable(ServiceUnavailable):
    """No upkeep process is at work."""
