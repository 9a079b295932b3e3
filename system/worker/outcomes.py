"""What a handler returned or raised, as an outcome that can be stored."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson

from system.policies.retry import worth_retrying
from system.tasks.breaker import Breaker
from system.tasks.context import CLAIM, REPORTER, Report
from system.tasks.errors import NonRetryable, RetryAfter, SoftTimeLimit
from system.tasks.handlers import Handler, Retry
from system.tasks.outcome import MAX_ERROR_CHARACTERS, MAX_RESULT_BYTES, Failed, Reason, Succeeded
from system.tasks.task import Claim
from system.worker.stacks import of_error

NOTHING = Succeeded("null")


def call(handler: Handler, claim: Claim, report: Callable[[Report], None]) -> Succeeded | Failed:
    """Run a plain handler here and now, in a thread or a child process of the worker."""
    CLAIM.set(claim)
    REPORTER.set(report)
    try:
        return success(handler.function(**claim.task.payload))
    except BaseException as error:  # noqa: BLE001 - not even a SystemExit may end the thread or the child
        return failure(error, handler.retry, handler.breaker)


def success(value: Any) -> Succeeded | Failed:
    """Write what a handler returned as JSON; what can't be stored now can't be after a retry either."""
    if value is None:
        return NOTHING
    try:
        result = orjson.dumps(value)
        if b"null" in result:
            json.dumps(value, allow_nan=False, default=str)  # orjson writes null for NaN and infinities: a silent loss
    except (orjson.JSONEncodeError, ValueError) as error:
        return Failed(text(f"the result is no JSON: {error}"), retryable=False, reason=Reason.INVALID_RESULT)
    if len(result) > MAX_RESULT_BYTES:
        message = f"the result has {len(result):,} bytes of JSON, the limit is {MAX_RESULT_BYTES:,}: store it elsewhere"
        return Failed(message, retryable=False, reason=Reason.INVALID_RESULT)
    return Succeeded(result.decode())


def failure(error: BaseException, retry: Retry, breaker: Breaker | None = None) -> Failed:
    """Describe what a handler raised, and say whether its policy wants another attempt, and its breaker counts it."""
    failed = _failure(error, retry)
    return failed if breaker is None else replace(failed, against_breaker=breaker.counts(type(error)))


def _failure(error: BaseException, retry: Retry) -> Failed:
    if isinstance(error, NonRetryable):
        return Failed(describe(error), retryable=False, reason=Reason.NON_RETRYABLE)
    if isinstance(error, RetryAfter):
        return Failed(describe(error), retry_after=error.seconds)
    if isinstance(error, SoftTimeLimit):
        return Failed(describe(error), retryable=worth_retrying(retry, TimeoutError), reason=Reason.TIMEOUT)
    if not worth_retrying(retry, type(error)):
        return Failed(describe(error), retryable=False, reason=Reason.NON_RETRYABLE)
    return Failed(describe(error))


def timed_out(seconds: float | None, retry: Retry, more: str = "", where: str = "") -> Failed:
    """Describe an attempt that ran out of time, and where it was; the policy's word on TimeoutError counts."""
    again = worth_retrying(retry, TimeoutError)
    stack = f"\nit was here:\n{where}".rstrip() if where else ""
    return Failed(text(f"timed out after {seconds:g} s{more}{stack}"), retryable=again, reason=Reason.TIMEOUT)


def describe(error: BaseException) -> str:
    """Return `Type: message` and the innermost frames of the traceback, without the worker's own."""
    try:
        message = str(error)
    except Exception as second:  # noqa: BLE001 - an error's own __str__ may be as broken as its handler
        message = f"(no message: its __str__ raised {type(second).__name__})"
    return text(f"{_name(error)}: {message}\n{of_error(error)}".rstrip())


def _name(error: BaseException) -> str:
    return SoftTimeLimit.__name__ if isinstance(error, SoftTimeLimit) else type(error).__name__


def text(raw: str) -> str:
    """Make an error storable: not too long, and free of NUL and lone surrogates, which PostgreSQL refuses."""
    if len(raw) > MAX_ERROR_CHARACTERS:
        raw = raw[: MAX_ERROR_CHARACTERS - 1] + "…"
    escaped = raw.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()
    return escaped[:MAX_ERROR_CHARACTERS]  # escapes are longer than what they stand for
