"""Every error the API answers, as RFC 9457 problem+json.

A problem's `type` is `urn:tasklab:problem:` and one of the names below; it is stable, while titles and details may be
reworded. A problem about the request's content lists its `errors`, each with a JSON pointer and a message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import HTTPException, Response

from system.tasks import errors

MEDIA_TYPE = "application/problem+json"
URN = "urn:tasklab:problem:"


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of problem."""

    name: str
    status: int
    title: str


MALFORMED = Problem("malformed-body", 400, "The body is no JSON, or ambiguous")
NO_HTTP = Problem("malformed-request", 400, "The request is no HTTP")
UNAUTHENTICATED = Problem("unauthenticated", 401, "A valid API key is needed")
FORBIDDEN = Problem("missing-scope", 403, "The API key does not open this")
STRANGER = Problem("foreign-request", 403, "Without API keys only this machine's own programs and pages may ask")
BODY_TIMEOUT = Problem("body-timeout", 408, "The body did not arrive in time")
HEAD_TIMEOUT = Problem("head-timeout", 408, "Request line and headers did not arrive in time")
TOO_LARGE = Problem("body-too-large", 413, "The body is too large")
UNSUPPORTED_MEDIA = Problem("unsupported-media-type", 415, "Bodies must be plain JSON in UTF-8")
INVALID = Problem("invalid-request", 422, "The request does not fit its description")
RATE_LIMITED = Problem("rate-limited", 429, "Too many requests")
HEAD_TOO_LARGE = Problem("head-too-large", 431, "Request line and headers are too long")
INTERNAL = Problem("internal-error", 500, "Something went wrong here, not in the request")

# The nearest class of an error's ancestry counts.
OF_ERRORS: dict[type[Exception], Problem] = {
    errors.InvalidTask: Problem("invalid-task", 422, "The task can't be accepted as it is"),
    errors.UnknownType: Problem("unknown-type", 422, "No handler is registered for this task type"),
    errors.InvalidPayload: Problem("invalid-payload", 422, "The payload does not fit the handler"),
    errors.InvalidBatch: Problem("invalid-batch", 422, "Some of the tasks can't be accepted, so none was"),
    errors.NotFound: Problem("not-found", 404, "There is no such thing, or it is not yours"),
    errors.AlreadyOver: Problem("already-over", 409, "The task is over"),
    errors.NotDead: Problem("not-dead", 409, "The task is no dead letter"),
    errors.Conflict: Problem("idempotency-key-reused", 422, "The idempotency key was used for another body"),
    errors.Unsupported: Problem("unsupported-by-queue", 501, "This kind of queue can't do that"),
    errors.Overloaded: Problem("overloaded", 503, "The backlog is full"),
    errors.QueueUnavailable: Problem("queue-unavailable", 503, "The queue does not answer"),
    errors.StoreUnavailable: Problem("store-unavailable", 503, "The database does not answer"),
    errors.UpkeepUnavailable: Problem("upkeep-unavailable", 503, "No upkeep process is at work"),
    errors.TaskLabError: INTERNAL,
}
IN_FLIGHT = Problem("idempotency-key-in-flight", 409, "A request with this idempotency key is under way")

POINTERS: dict[type[Exception], str] = {errors.UnknownType: "/type", errors.InvalidPayload: "/payload"}


class Refused(HTTPException):
    """A request that is answered with a problem before any operation sees it."""

    def __init__(
        self,
        problem: Problem,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(problem.status, detail, headers=headers)
        self.problem = problem
        self.errors = errors


def document(problem: Problem, detail: str, errors: Sequence[Mapping[str, str]] = ()) -> bytes:
    """Write a problem as JSON."""
    body: dict[str, Any] = {
        "type": URN + problem.name,
        "title": problem.title,
        "status": problem.status,
        "detail": detail,
    }
    if errors:
        body["errors"] = list(errors)
    return orjson.dumps(body)


def answer(
    problem: Problem,
    detail: str,
    *,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Write a problem as a response."""
    return Response(document(problem, detail, errors), problem.status, headers, MEDIA_TYPE)


def of_status(status: int) -> Problem:
    """Return the kind of a bare HTTP status, as the router raises 404 and 405."""
    phrase = HTTPStatus(status).phrase
    return Problem(phrase.lower().replace(" ", "-"), status, phrase)


def of_error(error: Exception) -> Problem:
    """Return the kind of one of TaskLab's errors."""
    if isinstance(error, errors.Conflict) and error.in_flight:
        return IN_FLIGHT
    return next(OF_ERRORS[kind] for kind in type(error).__mro__ if kind in OF_ERRORS)


def details_of(error: Exception) -> list[dict[str, str]]:
    """List what is wrong with a task, or with which ones of a batch."""
    if isinstance(error, errors.InvalidBatch):
        return [
            {"pointer": f"/tasks/{index}{_pointer(one)}", "message": str(one)} for index, one in error.errors.items()
        ]
    return [{"pointer": _pointer(error), "message": str(error)}] if isinstance(error, errors.InvalidTask) else []


def _pointer(error: Exception) -> str:
    return POINTERS.get(type(error), "")
