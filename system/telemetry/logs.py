"""How logs are written: structlog makes lines or JSON of its own events and of the standard library's."""

from __future__ import annotations

import logging
import sys
from typing import Any, Literal

import orjson

from system.tasks.context import CLAIM
from system.telemetry.absent import absent

with absent("rich"):  # structlog takes it for tracebacks; ours are plain, and it is 5 MB of memory
    import structlog

QUIET = ("alembic", "asyncio", "httpx", "uvicorn")  # their warnings are worth reading, the rest is not

# One list for as long as the process lives: loggers keep the one they first saw.
PROCESSORS: list[structlog.typing.Processor] = []


def set_up(form: Literal["console", "json"]) -> None:
    """Write all logs of this process to standard error; a line of a running task carries the task's id."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_task,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(form)],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    PROCESSORS[:] = [structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter]
    structlog.configure(
        processors=PROCESSORS,
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _renderers(form: Literal["console", "json"]) -> list[structlog.typing.Processor]:
    if form == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_to_json)]
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_level=False, exception_formatter=plain)]


def _add_task(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    claim = CLAIM.get(None)
    if claim is not None:
        event["task"] = claim.task.id
    return event


def _to_json(event: structlog.typing.EventDict, **_options: Any) -> str:
    return orjson.dumps(event, default=str).decode()
