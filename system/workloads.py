"""The built-in task types, for the demo, the lessons, load runs and tests."""

from __future__ import annotations

import ast
import asyncio
import os
import signal
import sysconfig
import time
from pathlib import Path
from threading import Lock
from typing import Any

from system.tasks.context import current
from system.tasks.errors import NonRetryable
from system.tasks.handlers import task

PARSING = Lock()  # in Python 3.11 two threads that parse at once can trip over a counter they share


@task("noop")
async def noop() -> None:
    """Do nothing: what is left is the cost of the system itself."""


@task("echo")
async def echo(**payload: Any) -> dict[str, Any]:
    """Return the payload."""
    return payload


@task("sleep")
async def sleep(seconds: float) -> float:
    """Wait without work, as for an answer over the network; returns the seconds."""
    await asyncio.sleep(seconds)
    return seconds


@task("cpu", isolation="process")
def cpu(iterations: int) -> int:
    """Compute in a process of its own; returns a number that depends on each of the iterations."""
    value = 1
    for number in range(iterations):
        value = (value * 31 + number) % 1_000_003
    return value


@task("flaky")
async def flaky(failures: int = 1) -> int:
    """Fail the first `failures` attempts, then return the number of the attempt that went well."""
    number = current().number
    if number <= failures:
        message = f"attempt {number} of {failures} that fail on purpose"
        raise RuntimeError(message)
    return number


@task("fail")
async def fail(message: str = "failed on purpose") -> None:
    """Fail always."""
    raise RuntimeError(message)


@task("poison")
async def poison() -> None:
    """Kill the worker that runs this, in a way that it can't know of."""
    os.kill(os.getpid(), signal.SIGKILL)


@task("block")
async def block(seconds: float) -> float:
    """Block the event loop on purpose, as a careless handler does; returns the seconds."""
    time.sleep(seconds)  # noqa: ASYNC251 - this is the mistake to be shown
    return seconds


@task("index_source")
def index_source(path: str) -> dict[str, Any]:
    """Index one Python file of the standard library: lines, functions, classes, imports, the longest function.

    `path` is absolute or relative to the standard library's folder, and may not lead out of it, also not by a symbolic
    link. A plain function, so it runs in a thread: most files take a few milliseconds, less than a process would cost,
    and the demo wants "a worker" to be one process that can be killed.
    """
    file = _library_file(path)
    source = file.read_bytes()
    try:
        with PARSING:
            tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:  # the library has files that are wrong on purpose
        message = f"{path} is no valid Python: {error}"
        raise NonRetryable(message) from error
    nodes = list(ast.walk(tree))
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    longest = max(functions, key=_length, default=None)
    return {
        "lines": len(source.splitlines()),
        "functions": len(functions),
        "classes": sum(isinstance(node, ast.ClassDef) for node in nodes),
        "imports": sum(isinstance(node, ast.Import | ast.ImportFrom) for node in nodes),
        "longest_function": {"name": longest.name, "lines": _length(longest)} if longest else None,
    }


def _library_file(path: str) -> Path:
    library = Path(sysconfig.get_path("stdlib")).resolve()
    try:
        file = (library / path).resolve(strict=True)
    except (OSError, ValueError) as error:
        message = f"{path!r} can't be found in the standard library"
        raise NonRetryable(message) from error
    if not file.is_relative_to(library) or not file.is_file():
        message = f"{path!r} is no file of the standard library"
        raise NonRetryable(message)
    return file


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1
