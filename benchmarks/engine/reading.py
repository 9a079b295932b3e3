"""Scenarios as TOML: the ones that ship and one's own, changed by `--set`, scaled down by `--quick`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from benchmarks.engine.points import points
from benchmarks.engine.scenario import FaultPlan, Load, Scenario
from system.tasks.errors import TaskLabError

SHIPPED = files("benchmarks") / "scenarios"
QUICK_TRIAL_SECONDS = 15.0  # with all that is around what is measured
QUICK_SECONDS, QUICK_RATE, QUICK_TASKS = 3.0, 60.0, 600
EXTRA = "extra_forbidden"


class BadScenario(TaskLabError):
    """A scenario that can't be run; one line says which file and key."""


def shipped() -> list[str]:
    """Return the names of the scenarios that ship."""
    return sorted(path.name.removesuffix(".toml") for path in SHIPPED.iterdir() if path.name.endswith(".toml"))


def read(source: str, changes: Iterable[str] = (), *, quick: bool = False) -> Scenario:
    """Read a scenario by its name, or from a file. A change is `key=value`, as `system.queue=brpop`.

    Raises BadScenario.
    """
    path = Path(source)
    if path.suffix == ".toml":
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeError) as error:
            message = f"{source}: {error}"
            raise BadScenario(message) from None
    elif source in shipped():
        text = (SHIPPED / f"{source}.toml").read_text("utf-8")
    else:
        message = f"no scenario {source!r}: a file (*.toml), or one of {', '.join(shipped())}"
        raise BadScenario(message)
    return from_text(text, source, changes, quick=quick)


def from_text(text: str, name: str, changes: Iterable[str] = (), *, quick: bool = False) -> Scenario:
    """Read a scenario from TOML; `name` stands for it in messages. Raises BadScenario.

    What is changed stays as it is said: `quick` scales down the rest.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"{name}: {error}"
        raise BadScenario(message) from None
    if quick:
        data = _scaled_down(_checked(data, name)).plain()
    for change in changes:
        _change(data, change)
    return _checked(data, name)


def to_text(scenario: Scenario) -> str:
    """Write a scenario as TOML: what was run, with all changes and defaults."""
    plain = scenario.plain()
    tables = {name: value for name, value in plain.items() if name in ("system", "priorities")}
    lists = {name: plain[name] for name in ("load", "faults")}
    lines = list(_lines({name: value for name, value in plain.items() if name not in tables | lists}))
    for name, table in tables.items():
        lines += ["", f"[{name}]", *_lines(table)]
    for name, some in lists.items():
        for table in some:
            lines += ["", f"[[{name}]]", *_lines(table)]
    return "\n".join(lines) + "\n"


def _checked(data: dict[str, Any], name: str) -> Scenario:
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        message = f"{name}: {_words(error)}"
        raise BadScenario(message) from None


def _lines(table: dict[str, Any]) -> Iterator[str]:
    # Texts, numbers, truths and lists of these are written the same in JSON and TOML.
    return (f"{name} = {orjson.dumps(value).decode()}" for name, value in table.items())


def _change(data: dict[str, Any], change: str) -> None:
    key, sign, text = change.partition("=")
    if not sign:
        message = f"--set {change}: key=value is needed"
        raise BadScenario(message)
    *way, last = key.strip().split(".")
    tables = [data]
    for step in way:
        # Of a list of tables, as of loads, all are changed.
        found = [table.setdefault(step, {}) for table in tables]
        tables = [table for one in found for table in (one if isinstance(one, list) else [one])]
        if not all(isinstance(table, dict) for table in tables):
            message = f"--set {change}: {step} has no keys"
            raise BadScenario(message)
    for table in tables:
        table[last] = _value(text.strip())


def _value(text: str) -> Any:
    """Read TOML, also a list without its brackets; anything else is a text without its quotes."""
    for form in (text, f"[{text}]") if "," in text else (text,):
        try:
            return tomllib.loads(f"value = {form}")["value"]
        except tomllib.TOMLDecodeError:
            continue
    return text.split(",") if "," in text else text


def _words(error: ValidationError) -> str:
    first = error.errors()[0]
    # Numbers are places in lists; a single load or system is one too, though nobody wrote a list.
    key = ".".join(str(step) for step in first["loc"] if not isinstance(step, int))
    what = "unknown key" if first["type"] == EXTRA else first["msg"].removeprefix("Value error, ")
    return f"{key}: {what}" if key else what


def _scaled_down(scenario: Scenario) -> Scenario:
    changes = {
        "seconds": QUICK_TRIAL_SECONDS * len(points(scenario)),
        "repeats": 1,
        "control": False,
        "workers": scenario.workers[:2],
        "warm_up": min(scenario.warm_up, 0.5),
        "load": tuple(map(_less, scenario.load)),
        "faults": tuple(map(_sooner, scenario.faults)),
    }
    return scenario.model_copy(update=changes)


def _less(load: Load) -> Load:
    changes = {
        "tasks": min(load.tasks, QUICK_TASKS),
        "tasks_per_worker": None,
        "rate": tuple(sorted({min(rate, QUICK_RATE) for rate in load.rate[:2]})),
        "steps": tuple((min(rate, QUICK_RATE), 1.0) for rate, _ in load.steps[:3]),
        "seconds": min(load.seconds, QUICK_SECONDS),
    }
    return load.model_copy(update=changes)


def _sooner(fault: FaultPlan) -> FaultPlan:
    if fault.every is None:
        return fault.model_copy(update={"at": tuple(min(at, QUICK_SECONDS / 2) for at in fault.at)})
    return fault.model_copy(update={"every": min(fault.every, QUICK_SECONDS / 2)})
