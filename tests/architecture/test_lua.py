"""Each Lua function explains itself and is in use."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

QUEUES = Path(__file__).parents[2] / "system" / "queues"
SCRIPTS = sorted((QUEUES / "lua").glob("*.lua"))
PRELUDE = "prelude"  # what the functions share; it is no function itself


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_has_a_header(script: Path) -> None:
    """The comment at the top says what the function is, its purpose, its KEYS, its ARGV and what it returns."""
    lines = script.read_text("utf-8").splitlines()
    code = next(number for number, line in enumerate(lines) if not line.startswith("--"))
    header = [line.removeprefix("--").strip() for line in lines[:code]]
    assert header[0].startswith(f"{script.stem}: ")
    for part in ("Purpose", "KEYS", "ARGV", "Returns"):
        assert any(line.startswith(part) and line != part for line in header), f"{part} is missing"


@pytest.mark.parametrize("script", [path for path in SCRIPTS if path.stem != PRELUDE], ids=lambda script: script.stem)
def test_a_script_registers_its_name_and_is_called(script: Path) -> None:
    """A file registers the one function it is named for, and some queue calls it."""
    assert script.read_text("utf-8").count("redis.register_function") == 1
    assert f"VERSION_{script.stem}'" in script.read_text("utf-8")
    assert script.stem in called()


def called() -> set[object]:
    """Return the constants handed to calls anywhere in system/queues."""
    trees = [ast.parse(path.read_text("utf-8")) for path in QUEUES.glob("*.py")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {argument.value for call in calls for argument in call.args if isinstance(argument, ast.Constant)}
