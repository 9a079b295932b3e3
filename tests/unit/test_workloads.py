"""The built-in task types that need no worker to be tried."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from system.tasks.context import CLAIM
from system.tasks.errors import NonRetryable
from system.tasks.handlers import HANDLERS, Handler
from system.tasks.task import Claim
from system.workloads import cpu, echo, flaky, index_source
from tests.fixtures.tasks import new_task

LIBRARY = Path(sysconfig.get_path("stdlib"))
NAMES = {"noop", "echo", "sleep", "cpu", "flaky", "fail", "poison", "block", "index_source"}


def handler(name: str) -> Handler:
    """Return a built-in handler."""
    return HANDLERS[name]


def test_the_contract_s_types_are_there() -> None:
    """Importing the module registers them all; `cpu` alone has a process of its own."""
    assert HANDLERS.keys() >= NAMES
    assert {name for name in NAMES if handler(name).isolation == "process"} == {"cpu"}


async def test_echo_returns_whatever_it_is_given() -> None:
    """Any object is a payload."""
    assert await echo(a=1, b=[2]) == {"a": 1, "b": [2]}


def test_cpu_does_all_its_iterations() -> None:
    """The result depends on each, so none can be left out."""
    assert len({cpu(iterations) for iterations in range(100)}) > 90


async def test_flaky_goes_well_in_the_end() -> None:
    """It fails as often as told, and says how many attempts it took."""
    for failures in range(3):
        CLAIM.set(Claim(new_task(failures=failures), "1:w", failures + 1))
        if failures < 2:
            with pytest.raises(RuntimeError, match="on purpose"):
                await flaky(failures=2)
        else:
            assert await flaky(failures=2) == 3


def test_an_index_counts_what_is_in_a_file() -> None:
    """Relative and absolute paths; the numbers are those of the file."""
    index = index_source("contextlib.py")
    assert index == index_source(str(LIBRARY / "contextlib.py"))
    assert index["lines"] == len((LIBRARY / "contextlib.py").read_bytes().splitlines())
    assert index["functions"] > 50
    assert index["classes"] > 10
    assert index["imports"] > 5
    assert index["longest_function"]["lines"] > 20


def test_an_empty_file_has_no_longest_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing to count is no error."""
    (tmp_path / "empty.py").touch()
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path))
    counts = dict.fromkeys(("lines", "functions", "classes", "imports"), 0)
    assert index_source("empty.py") == counts | {"longest_function": None}


@pytest.mark.parametrize("path", ["/etc/passwd", "../../../../etc/passwd", "no_such_file.py", "json", "nul\0.py", ""])
def test_only_files_of_the_library_are_read(path: str) -> None:
    """A task's payload can't make a worker read other files; it is not tried again."""
    with pytest.raises(NonRetryable, match="standard library"):
        index_source(path)


def test_a_link_out_of_the_library_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts is where a path leads in the end."""
    library, secret = tmp_path / "library", tmp_path / "secret.py"
    library.mkdir()
    secret.write_text("password = 1")
    (library / "link.py").symlink_to(secret)
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(library))
    with pytest.raises(NonRetryable):
        index_source("link.py")


def test_source_that_is_no_python_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library has test files that are wrong on purpose."""
    (tmp_path / "bad.py").write_bytes(b"def \0")
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path))
    with pytest.raises(NonRetryable, match="no valid Python"):
        index_source("bad.py")
