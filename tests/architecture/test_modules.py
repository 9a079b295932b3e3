"""Every file stays small and says what it is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = [path for folder in ("system", "benchmarks", "lab") for path in sorted((ROOT / folder).rglob("*.py"))]
LUA = sorted((ROOT / "system").rglob("*.lua"))
FOREIGN = ROOT / "benchmarks" / "peers" / "inside"  # scripts that run in other queues' environments, without ours
LINES = 300  # what still can be read on a projector; there is no list of exceptions


def name(path: Path) -> str:
    """Return a path as it reads in a test's id."""
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_opens_with_one_sentence(path: Path) -> None:
    """The first line of a module's docstring is a whole sentence, so that a newcomer knows what the file is for."""
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    assert docstring, "no docstring"
    assert docstring.splitlines()[0].endswith((".", ":", "?")), docstring.splitlines()[0]


@pytest.mark.parametrize("path", MODULES + LUA, ids=name)
def test_a_file_is_short(path: Path) -> None:
    """A file that outgrows a few screens has a second idea in it."""
    assert len(path.read_text("utf-8").splitlines()) <= LINES


@pytest.mark.parametrize("folder", sorted({path.parent for path in MODULES} - {FOREIGN}), ids=name)
def test_a_package_says_so(folder: Path) -> None:
    """Each folder of modules has an __init__.py: a forgotten one would make a namespace package, found by accident."""
    assert (folder / "__init__.py").exists()
