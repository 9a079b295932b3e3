"""What an import costs, beyond what import-linter sees: the modules that are loaded in the end."""

from __future__ import annotations

import subprocess
import sys

import pytest

SQL_AND_HTTP = {"sqlalchemy", "alembic", "aiosqlite", "asyncpg", "fastapi", "starlette", "uvicorn"}


def modules_after(statement: str) -> set[str]:
    """Return the top-level modules a fresh interpreter has loaded after a statement."""
    code = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    return set(subprocess.check_output([sys.executable, "-c", code], text=True).split())


@pytest.mark.parametrize(
    "statement",
    [
        "import system",
        "from system import task, Retry, NonRetryable",
        "import system.worker.worker",
        "import system.queues.leases",
        "import system.workloads",
    ],
)
def test_a_worker_loads_no_sql_and_no_http(statement: str) -> None:
    """A worker's memory and start-up time are not spent on what only the API and upkeep need."""
    assert modules_after(statement) & SQL_AND_HTTP == set()


def test_the_command_line_answers_without_loading_the_services() -> None:
    """`tasklab --help` is instant because a command imports what it runs when it runs."""
    assert modules_after("import system.cli") & SQL_AND_HTTP == set()


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_worker_s_logs_load_no_rich(form: str) -> None:
    """What structlog would load it for are tracebacks that no log of ours has: 5 MB of every worker."""
    statement = f"import system.cli.worker, system.telemetry.logs\nsystem.telemetry.logs.set_up({form!r})"
    assert "rich" not in modules_after(statement)


def test_rich_can_be_loaded_after_the_logs_are_set_up() -> None:
    """A handler's module may draw with it, and so may the commands."""
    assert "rich" in modules_after("import system.telemetry.logs, rich.console")
