"""Every knob of TaskLab, read once from the environment. Only wiring imports this file; the rest is handed values.

A plain dataclass rather than pydantic-settings: workers and short commands read the same knobs, and importing pydantic
would cost each of them 9 MB and a quarter of a second.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, Self

from system.policies.shares import priority_weights
from system.tasks.errors import TaskLabError

Parse = Callable[[str], Any]
"""Turns an environment variable's text into a value; raises ValueError saying what is needed."""


def positive(text: str) -> float:
    """Read a number above 0."""
    if not 0 < (number := _number(text)) < math.inf:
        message = "a number above 0 is needed"
        raise ValueError(message)
    return number


def zero_or_more(text: str) -> float:
    """Read a number that is not below 0."""
    if not 0 <= (number := _number(text)) < math.inf:
        message = "0 or a number above it is needed"
        raise ValueError(message)
    return number


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def positive_whole(text: str) -> int:
    """Read a whole number above 0."""
    if not text.isdecimal() or int(text) == 0:
        message = "a whole number above 0 is needed"
        raise ValueError(message)
    return int(text)


def zero_or_more_whole(text: str) -> int:
    """Read a whole number that is not below 0."""
    if not text.isdecimal():
        message = "0 or a whole number above it is needed"
        raise ValueError(message)
    return int(text)


def whole(text: str) -> int:
    """Read a whole number, 0 included."""
    return 0 if text == "0" else positive_whole(text)


def priorities(text: str) -> str:
    """Read how priorities share the workers."""
    priority_weights(text)
    return text


def one_of(*choices: str) -> Parse:
    """Make a reader of one of some words."""

    def parse(text: str) -> str:
        if text not in choices:
            message = f"one of {', '.join(choices)} is needed"
            raise ValueError(message)
        return text

    return parse


def knob(variable: str, default: Any, about: str, parse: Parse = str) -> Any:
    """Declare a setting: its environment variable, its default, what `tasklab --help` says about it, its reader."""
    return field(default=default, metadata={"variable": variable, "about": about, "parse": parse})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings; made from keywords in tests and lessons, `from_environment` everywhere else."""

    redis_url: str | None = knob("REDIS_URL", None, "redis:// or rediss:// URL; unset: an embedded server")
    database_url: str | None = knob(
        "DATABASE_URL", None, "postgresql+asyncpg:// or sqlite+aiosqlite:// URL; unset: SQLite in the data folder"
    )
    data: Path = knob("TASKLAB_DATA", Path(".tasklab"), "data folder", Path)  # noqa: RUF009 (a field, not a value)
    api_keys: str = knob("TASKLAB_API_KEYS", "", "comma-separated name:scope:key; scope submit, read or admin")
    queue: Literal["leases", "brpop", "streams"] = knob(
        "TASKLAB_QUEUE", "leases", "kind of queue: leases, brpop or streams", one_of("leases", "brpop", "streams")
    )
    lease_seconds: float = knob(
        "TASKLAB_LEASE_SECONDS", 10.0, "time a worker may stay silent before takeover", positive
    )
    grace_seconds: float = knob(
        "TASKLAB_GRACE_SECONDS", 20.0, "time a worker may take to drain after SIGTERM", positive
    )
    priorities: str = knob(
        "TASKLAB_PRIORITIES", "strict", "how they share: strict, proportional, or weights 9=16,5=4", priorities
    )
    max_backlog: int = knob(
        "TASKLAB_MAX_BACKLOG", 1_000_000, "open tasks above which submits get a 503", positive_whole
    )
    max_body_bytes: int = knob(
        "TASKLAB_MAX_BODY_BYTES", 1_048_576, "largest request body, and largest payload", positive_whole
    )
    rate_limit: float = knob(
        "TASKLAB_RATE_LIMIT", 0.0, "requests a second of one API key, above it 429; 0: any number", zero_or_more
    )
    imports: str = knob("TASKLAB_IMPORT", "", "comma-separated modules with your own task handlers")
    accept: Literal["sql", "redis"] = knob(
        "TASKLAB_ACCEPT", "sql", "what 202 means: committed to sql, or in redis", one_of("sql", "redis")
    )
    seed: str | None = knob("TASKLAB_SEED", None, "makes a worker's choices (the jitter of pauses) repeatable")
    retention_days: float = knob("TASKLAB_RETENTION_DAYS", 7.0, "age at which ended tasks leave SQL", positive)
    dead_retention_days: float = knob(
        "TASKLAB_DEAD_RETENTION_DAYS", 30.0, "age at which dead letters leave SQL", positive
    )
    max_dead: int = knob("TASKLAB_MAX_DEAD", 0, "dead letters kept, the newest; 0: any number", zero_or_more_whole)
    on_death: str | None = knob("TASKLAB_ON_DEATH", None, "task type to submit for each task that dies")
    alerts: str = knob("TASKLAB_ALERTS", "", "changes to alerts: name=threshold[:seconds], comma-separated")
    alert_webhook: str | None = knob("TASKLAB_ALERT_WEBHOOK", None, "URL that is told when an alert fires or clears")
    alert_secret: str = knob("TASKLAB_ALERT_SECRET", "", "signs what the webhook is told (HMAC-SHA256)")
    autoscale: str = knob(
        "TASKLAB_AUTOSCALE", "1..8", "least and most workers that /scaling asks for; and drain=, out=, in= seconds"
    )
    log_format: Literal["console", "json"] = knob(
        "TASKLAB_LOG_FORMAT", "console", "how logs are written: console or json", one_of("console", "json")
    )

    max_tasks: int = knob(
        "TASKLAB_MAX_TASKS", 0, "attempts after which a worker makes room for a new one; 0: never", whole
    )
    max_rss_mb: int = knob("TASKLAB_MAX_RSS_MB", 0, "memory above which it does; 0: any", whole)

    failpoint: str | None = knob("TASKLAB_FAILPOINT", None, "name[:n]: die at the n-th pass of a named place")
    faults: Literal["0", "1"] = knob("TASKLAB_FAULTS", "0", "1 allows TASKLAB_FAILPOINT", one_of("0", "1"))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings; empty variables count as unset. Raises TaskLabError, which names the wrong variable."""
        values = {}
        for one in fields(cls):
            variable = one.metadata["variable"]
            if text := environment.get(variable, "").strip():
                try:
                    values[one.name] = one.metadata["parse"](text)
                except ValueError as error:
                    message = f"{variable}={text}: {error}"
                    raise TaskLabError(message) from None
        return cls(**values)

    def to_environment(self) -> dict[str, str]:
        """Return the variables that make another process read the same settings."""
        values = {one.metadata["variable"]: getattr(self, one.name) for one in fields(self)}
        return {variable: str(value) for variable, value in values.items() if value is not None}


def knobs() -> list[tuple[str, str, str]]:
    """Return variable, default and meaning of every setting."""
    return [
        (one.metadata["variable"], "" if one.default is None else str(one.default), one.metadata["about"])
        for one in fields(Settings)
    ]
