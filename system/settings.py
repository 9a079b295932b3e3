"""Every knob of TaskLab, read once from the environment. Only wiring imports this file; the rest is handed values."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The environment's settings; the field descriptions are what `tasklab --help` prints."""

    model_config = SettingsConfigDict(env_prefix="TASKLAB_", frozen=True, extra="ignore", populate_by_name=True)

    redis_url: str | None = Field(
        default=None,
        validation_alias="REDIS_URL",
        description="redis://, rediss://, redis+sentinel:// or redis+cluster:// URL; unset: an embedded server",
    )
    database_url: str | None = Field(
        default=None,
        validation_alias="DATABASE_URL",
        description="postgresql+asyncpg:// or sqlite+aiosqlite:// URL; unset: SQLite in the data folder",
    )
    data: Path = Field(default=Path(".tasklab"), description="data folder")
    api_keys: str = Field(default="", description="comma-separated name:scope:key; scope submit, read or admin")
    queue: Literal["memory", "leases", "brpop", "streams"] = Field(default="leases", description="kind of queue")
    lease_seconds: float = Field(default=10.0, gt=0, description="time a worker may stay silent before takeover")
    grace_seconds: float = Field(default=20.0, ge=0, description="time a worker may take to drain after SIGTERM")
    max_backlog: int = Field(default=1_000_000, gt=0, description="open tasks above which submits get a 503")
    max_body_bytes: int = Field(default=1_048_576, gt=0, description="largest request body")
    accept: Literal["sql", "redis"] = Field(default="sql", description="what 202 means: in SQL, or in Redis")
    retention_days: float = Field(default=7.0, gt=0, description="age at which finished tasks leave SQL")
    log_format: Literal["console", "json"] = Field(default="console", description="how logs are written")
