"""Results and errors become outcomes that can be stored, whatever a handler comes up with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from system.tasks.context import current
from system.tasks.errors import NonRetryable, RetryAfter
from system.tasks.handlers import Handler, Retry
from system.tasks.outcome import MAX_ERROR_CHARACTERS, MAX_RESULT_BYTES, Failed, Reason, Succeeded
from system.tasks.task import Claim
from system.worker.outcomes import call, describe, failure, success, text
from tests.fixtures.tasks import new_task


def run(function: Callable[..., Any], claim: Claim) -> Succeeded | Failed:
    """Call a function as a handler without further wishes."""
    return call(Handler("job", function), claim, print)


def test_a_result_is_kept_as_json() -> None:
    """What comes back is exactly what JSON makes of it."""
    assert success({"a": [1, 2.5, None, "ü"]}) == Succeeded('{"a":[1,2.5,null,"ü"]}')
    assert success(None) == Succeeded("null")
    assert success({"at": datetime(2030, 1, 1, tzinfo=UTC), "by": None}) == Succeeded(
        '{"at":"2030-01-01T00:00:00+00:00","by":null}'
    )


@pytest.mark.parametrize(
    "value", [{1: "keys are strings"}, {1, 2}, object(), b"bytes", 2**64, "\ud800", float("nan"), [1e999]]
)
def test_what_is_no_json_is_a_failure_at_once(value: Any) -> None:
    """A retry would return the same, so there is none; the error names the reason."""
    outcome = success(value)
    assert isinstance(outcome, Failed)
    assert not outcome.retryable
    assert outcome.error.startswith("the result is no JSON")


def test_a_result_may_have_a_megabyte_and_no_more() -> None:
    """The limit is on the JSON text."""
    assert isinstance(success("x" * (MAX_RESULT_BYTES - 2)), Succeeded)
    outcome = success("x" * (MAX_RESULT_BYTES - 1))
    assert isinstance(outcome, Failed)
    assert not outcome.retryable
    assert "1,048,577 bytes" in outcome.error


def test_an_error_names_its_type_its_message_and_its_line() -> None:
    """What a reader of the dead letters needs to find the mistake, without the worker's own frames."""

    def handler() -> None:
        message = "the disk is full"
        raise OSError(message)

    outcome = run(handler, Claim(new_task(), "1:w", 1))
    assert isinstance(outcome, Failed)
    assert outcome.error.startswith("OSError: the disk is full\n")
    assert "raise OSError(message)" in outcome.error
    assert "outcomes.py" not in outcome.error.replace("test_outcomes.py", "")


def test_a_handler_decides_whether_and_when_to_try_again() -> None:
    """NonRetryable and RetryAfter are words to the worker; everything else may pass by itself."""
    gone = Failed("NonRetryable: gone", retryable=False, reason=Reason.NON_RETRYABLE)
    assert failure(NonRetryable("gone"), Retry()) == gone
    assert failure(RetryAfter(30), Retry()) == Failed("RetryAfter: asked to wait 30 s", retry_after=30)
    assert failure(ValueError("who knows"), Retry()) == Failed("ValueError: who knows")


@pytest.mark.parametrize(
    ("retry", "again"),
    [
        (Retry(on=ConnectionError), [ConnectionResetError]),
        (Retry(on=(ConnectionError, TimeoutError)), [ConnectionResetError, TimeoutError]),
        (Retry(not_on=ValueError), [ConnectionResetError, TimeoutError, KeyError]),
        (Retry(on=Exception, not_on=(OSError, LookupError)), [UnicodeError]),
    ],
)
def test_a_policy_names_the_errors_that_may_pass(retry: Retry, again: list[type[Exception]]) -> None:
    """`on` and `not_on` go by class, parents included, as `except` does."""
    errors = [ConnectionResetError(), TimeoutError(), UnicodeError(), KeyError()]
    assert [type(error) for error in errors if failure(error, retry).retryable] == again


def test_a_handler_s_own_word_goes_before_its_policy() -> None:
    """RetryAfter asks for another attempt whatever `on` says; NonRetryable asks for none."""
    assert failure(RetryAfter(1), Retry(on=ConnectionError)).retryable
    assert not failure(NonRetryable("gone"), Retry(on=Exception)).retryable


@given(st.text(st.characters(codec=None) | st.sampled_from(["\0", "\ud800"]), max_size=10_000))
def test_any_message_can_be_stored(message: str) -> None:
    """PostgreSQL takes neither NUL nor lone surrogates, and nobody reads ten megabytes."""
    stored = text(message)
    assert len(stored) <= MAX_ERROR_CHARACTERS
    assert "\0" not in stored
    assert stored == stored.encode().decode()


def test_an_error_that_can_t_say_what_it_is() -> None:
    """A broken __str__ must not hide the failure."""

    class Broken(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert describe(Broken()) == "Broken: (no message: its __str__ raised RuntimeError)"


@pytest.mark.parametrize("error", [SystemExit(3), StopIteration(), KeyboardInterrupt()])
def test_nothing_gets_out_of_a_plain_handler(error: BaseException) -> None:
    """Not even what usually ends an interpreter ends the thread or child it is raised in."""

    def handler() -> None:
        raise error

    assert isinstance(run(handler, Claim(new_task(), "1:w", 1)), Failed)


def test_a_handler_can_ask_which_attempt_it_is() -> None:
    """`current` counts failures only, and tells deliveries apart."""

    def handler() -> list[object]:
        attempt = current()
        return [attempt.task_id, attempt.number, attempt.delivery]

    task = new_task(failures=2)
    assert run(handler, Claim(task, "1:w", 4)) == Succeeded(f'["{task.id}",3,4]')
