"""Handlers made ready to run: the quick check of arguments is as strict as the full one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from system.tasks.errors import InvalidPayload
from system.tasks.handlers import HANDLERS, task
from system.worker.runner import Runner, Runners

NAME = "runner-test"
FUNCTIONS: list[Callable[..., Any]] = [
    lambda: None,
    lambda a: a,
    lambda a, b=1: (a, b),
    lambda *, a, b=1: (a, b),
    lambda **more: more,
    lambda a, **more: (a, more),
    lambda *rest: rest,
    lambda a, *rest, **more: (a, rest, more),
    lambda a, /: a,
    lambda a=1, /, b=2: (a, b),
]


@pytest.fixture(autouse=True)
def _tidy() -> Iterator[None]:
    yield
    HANDLERS.pop(NAME, None)


def prepared(function: Callable[..., Any], **options: Any) -> Runner:
    """Register a function and return its runner."""
    HANDLERS.pop(NAME, None)
    task(NAME, **options)(function)
    runner = Runners(1, print).find(NAME)
    assert runner is not None
    return runner


@given(st.sampled_from(FUNCTIONS), st.sets(st.sampled_from(["a", "b", "c", "more", "rest"])))
def test_arguments_are_checked_against_the_signature(function: Callable[..., Any], names: set[str]) -> None:
    """What passes can be called, what does not can't be."""
    payload = dict.fromkeys(names, 0)
    try:
        prepared(function).handler.check(payload)
    except InvalidPayload:
        with pytest.raises(TypeError):
            function(**payload)
    else:
        function(**payload)


def test_where_a_handler_runs() -> None:
    """By what it is, unless it wants a process."""

    async def on_the_loop() -> None: ...

    assert inspect.iscoroutinefunction(on_the_loop)
    assert prepared(on_the_loop).kind == "loop"
    assert prepared(lambda: None).kind == "thread"
    assert prepared(lambda: None, isolation="process").kind == "process"


def test_a_handler_that_is_registered_again() -> None:
    """In a notebook a cell is run twice: the new function counts."""
    runners = Runners(1, print)
    assert runners.find(NAME) is None
    for timeout in (1.0, 2.0):
        HANDLERS.pop(NAME, None)
        task(NAME, timeout=timeout)(lambda: None)
        runner = runners.find(NAME)
        assert runner is not None
        assert runner.handler.timeout == timeout
        assert runners.find(NAME) is runner
