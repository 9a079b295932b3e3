"""Where things are: the settings as they apply here, and the running system's services."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from system.local.data_folder import DataFolder
from system.settings import Settings
from system.tasks.errors import TaskLabError


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; the data folder and what is in it become absolute, so that children find them too."""
    settings = Settings.from_environment(os.environ if environment is None else environment)
    return with_places(settings)


def with_places(settings: Settings) -> Settings:
    """Fill in where the data are."""
    data = Path(settings.data).absolute()
    return replace(settings, data=data, database_url=settings.database_url or own_database(data))


def own_database(data: Path) -> str:
    """Return the URL of the record in a data folder."""
    return f"sqlite+aiosqlite:///{data}/tasklab.db"


def locate(settings: Settings) -> Settings:
    """Fill in where the running system of the data folder has its services, unless the settings say it.

    Raises TaskLabError where there is none.
    """
    if settings.redis_url:
        return settings
    note = DataFolder(settings.data).running()
    if note is None:
        message = "no Redis: start `tasklab up` or set REDIS_URL"
        raise TaskLabError(message)
    if note.redis_url is None:
        message = f"process {note.pid} runs Phase 1, whose queue nobody else can see: ask its API at {note.api_url}"
        raise TaskLabError(message)
    return replace(settings, redis_url=note.redis_url, database_url=note.database_url)


@contextmanager
def some_redis(settings: Settings) -> Iterator[Settings]:
    """Fill in a Redis that runs: the one of the settings, the running system's, or an embedded one of this process."""
    from system.local.own_server import shared_server

    if settings.redis_url:
        yield settings
        return
    with shared_server(DataFolder(settings.data), settings.database_url or "") as url:
        yield replace(settings, redis_url=url)


def import_handlers(settings: Settings, modules: Sequence[str] = ()) -> None:
    """Register the built-in handlers and those of the user's modules, which may lie in the current folder."""
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    own = [name.strip() for name in settings.imports.split(",") if name.strip()]
    for name in ["system.workloads", *own, *modules]:
        try:
            importlib.import_module(name)
        except ImportError as error:
            message = f"the module {name} can't be imported: {error}"
            raise TaskLabError(message) from error
