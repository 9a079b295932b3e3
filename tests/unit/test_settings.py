"""Settings: read once, checked, and handed on to child processes unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest

from system.settings import Settings, knobs
from system.tasks.errors import TaskLabError


def test_everything_has_a_default() -> None:
    """TaskLab starts with an empty environment; an empty variable is the same as none."""
    assert Settings.from_environment({}) == Settings()
    assert Settings.from_environment({"REDIS_URL": "", "TASKLAB_QUEUE": " "}) == Settings()


def test_a_child_reads_what_its_parent_read() -> None:
    """The way to the environment and back loses nothing."""
    settings = Settings(redis_url="redis://example:1/0", data=Path("/data"), lease_seconds=2.5, max_backlog=7)
    assert Settings.from_environment(settings.to_environment()) == settings


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TASKLAB_LEASE_SECONDS", "ten"),
        ("TASKLAB_LEASE_SECONDS", "0"),
        ("TASKLAB_LEASE_SECONDS", "nan"),
        ("TASKLAB_LEASE_SECONDS", "inf"),
        ("TASKLAB_RATE_LIMIT", "-1"),
        ("TASKLAB_RATE_LIMIT", "inf"),
        ("TASKLAB_RATE_LIMIT", "many"),
        ("TASKLAB_MAX_BACKLOG", "1.5"),
        ("TASKLAB_MAX_BACKLOG", "-1"),
        ("TASKLAB_MAX_DEAD", "-1"),
        ("TASKLAB_DEAD_RETENTION_DAYS", "0"),
        ("TASKLAB_QUEUE", "kafka"),
        ("TASKLAB_ACCEPT", "hope"),
    ],
)
def test_nonsense_is_named(variable: str, value: str) -> None:
    """The error says which variable, what it was, and what is needed."""
    with pytest.raises(TaskLabError, match=f"{variable}={value}: .* needed"):
        Settings.from_environment({variable: value})


def test_every_knob_is_explained() -> None:
    """`tasklab --help` shows variable, default and meaning."""
    assert all(about for _, _, about in knobs())
    assert ("TASKLAB_LEASE_SECONDS", "10.0", "time a worker may stay silent before takeover") in knobs()
