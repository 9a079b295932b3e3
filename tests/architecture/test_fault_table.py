"""Every row of the fault table names tests that exist, and every fault test has its row."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FAULTS = TESTS / "faults"
NODE = re.compile(r"`([\w/]+\.py)::(\w+)`")
PROMISED = (
    "API killed before commit",
    "API killed after commit, before put",
    "API killed after put, before the answer",
    "worker killed at each step",
    "worker paused longer than its lease",
    "worker cut off from Redis",
    "claim's reply lost; finish's reply lost",
    "Redis killed and restarted (AOF)",
    "Redis rewound a second; FLUSHALL",
    "Redis gone 60 s",
    "Redis hung",
    "SQL gone, Redis up",
    "both gone",
    "disk full for SQL, for the AOF",
    "Redis at maxmemory",
    "worker's clock ± 1 h",
    "poison task",
    "five upkeep processes",
    "SIGTERM under load, rolling restart",
    "old and new workers mixed",
    "functions flushed; Redis loading",
)


def rows() -> dict[str, list[tuple[str, str]]]:
    """Return the table: the tests of each fault, as file and function."""
    lines = [line for line in (FAULTS / "README.md").read_text("utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]
    return {fault: NODE.findall(tests) for fault, _, _, tests in cells}


@cache
def functions(path: Path) -> set[str]:
    """Return the names of a file's tests."""
    tree = ast.parse(path.read_text("utf-8"))
    definitions = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {node.name for node in definitions if node.name.startswith("test_")}


def test_no_fault_is_left_out() -> None:
    """The rows are the faults that TaskLab makes promises about, in their order."""
    assert tuple(rows()) == PROMISED


@pytest.mark.parametrize("fault", PROMISED)
def test_each_row_is_tried(fault: str) -> None:
    """At least one test, and all that it names exist."""
    named = rows()[fault]
    assert any(file.startswith("faults/") for file, _ in named)
    for file, name in named:
        assert (TESTS / file).exists(), file
        assert name in functions(TESTS / file), f"{file}::{name}"


def test_each_fault_test_has_its_row() -> None:
    """Nothing is tried here that the table does not tell of."""
    named = {node for nodes in rows().values() for node in nodes}
    there = {(f"faults/{path.name}", name) for path in FAULTS.glob("test_*.py") for name in functions(path)}
    assert there - named == set()
