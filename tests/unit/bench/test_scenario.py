"""Scenarios are read, changed, scaled down and spread out, and a wrong one is refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.engine.points import points, trials
from benchmarks.engine.reading import BadScenario, from_text, read, shipped, to_text
from benchmarks.engine.scenario import Scenario

SMALL = """
name = "small"
question = "Is it read?"
seconds = 10
load = { kind = "poisson", rate = 100 }
"""
NAMED = {"smoke", "scaling-io", "scaling-cpu", "scaling-noop", "steady", "knee", "backlog", "priority", "crash", "soak"}


def small(*changes: str) -> Scenario:
    """Read the small scenario with changes."""
    return from_text(SMALL, "small.toml", changes)


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_scenario_is_whole(name: str) -> None:
    """It says what it asks and how long it takes, and what is written down of it reads as the same."""
    scenario = read(name)
    assert scenario.name == name
    assert scenario.question.endswith("?")
    assert scenario.seconds <= 1000 or name == "soak"
    for one in (scenario, read(name, quick=True)):
        assert from_text(to_text(one), name) == one
        assert len({point.name for point in points(one)}) == len(points(one)), "two points of one name"


def test_all_that_are_promised_ship() -> None:
    """The kit's own list."""
    assert set(shipped()) == NAMED | {"phases", "queues"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("worker=2", "worker: unknown key"),
        ("system.que=leases", "system.que: unknown key"),
        ("load.rat=3", "load.rat: unknown key"),
        ("system.queue=kafka", "system.queue: "),
        ("workers=0", "workers: "),
        ("workers=two", "workers: "),
        ("repeats=0", "repeats: "),
        ("mixes=io", "mixes: 'io' is no mix"),
        ("load.kind=backlog", "load: rate is not for backlog"),
        ("load.kind=steps", "load: "),
        ("load.rate=inf", "load.rate: "),
        ("faults=[{kind='kill'}]", "faults: either `every` or `at` is needed"),
        ("faults=[{kind='kill', target='moon', at=1}]", "faults: kill of moon"),
        ("faults=[{kind='partition', every=1}]", "a partition needs all workers remote"),
        ("system.remote=3", "system.remote: not more than there are workers"),
        ("priorities={10 = 1}", "priorities"),
        ("name.first=x", "--set name.first=x: name has no keys"),
        ("workers", "--set workers: key=value is needed"),
    ],
)
def test_a_wrong_one_is_refused_in_one_line(change: str, words: str) -> None:
    """Which names the file and the key."""
    with pytest.raises(BadScenario) as refused:
        small(change)
    message = str(refused.value)
    assert words in message
    assert len(message.splitlines()) == 1
    assert message.startswith(("small.toml: ", "--set "))


def test_files_and_names_that_are_not_there(tmp_path: Path) -> None:
    """A name tells which ones there are; broken TOML tells its line."""
    with pytest.raises(BadScenario, match=r"no scenario 'smok': .*smoke"):
        read("smok")
    with pytest.raises(BadScenario, match=r"none\.toml"):
        read(str(tmp_path / "none.toml"))
    broken = tmp_path / "broken.toml"
    broken.write_text("name = \n", "utf-8")
    with pytest.raises(BadScenario, match="line 1"):
        read(str(broken))


def test_changes_are_read_as_toml_and_lists_need_no_brackets() -> None:
    """As one types them in a shell."""
    changed = small("workers=1,2", "system.queue=brpop", "load.seconds=3.5", "control=true", "mixes=noop,io-5ms")
    assert (changed.workers, changed.system.queue, changed.load[0].seconds) == ((1, 2), ("brpop",), 3.5)
    assert (changed.control, changed.mixes) == (True, ("noop", "io-5ms"))


def test_points_are_named_by_what_differs() -> None:
    """And Phase 1, which has one worker whatever is asked for, is one point."""
    found = points(small("workers=1,2", "system.queue=memory,leases", "load.rate=10,20"))
    names = [point.name for point in found]
    assert len(names) == len(set(names)) == 6
    assert {"queue=memory, rate=10, workers=1", "queue=leases, rate=20, workers=2"} <= set(names)
    assert {(point.phase, point.workers) for point in found if point.queue == "memory"} == {(1, 1)}
    assert [point.name for point in points(small())] == ["workers=2"]


def test_every_repeat_is_whole_in_an_order_of_its_own() -> None:
    """The seed decides the order; points of a repeat share their seed, the control pair too."""
    scenario = small("workers=1,2,4,8", "repeats=3", "control=true")
    planned = trials(scenario)
    assert planned == trials(scenario)
    assert [trial.number for trial in planned] == list(range(15))
    blocks = [planned[start : start + 5] for start in (0, 5, 10)]
    for repeat, block in enumerate(blocks):
        assert {trial.repeat for trial in block} == {repeat}
        assert len({trial.seed for trial in block}) == 1
        names = [trial.point.name for trial in block if not trial.control]
        assert sorted(names) == ["workers=1", "workers=2", "workers=4", "workers=8"]
        assert [trial.point.name for trial in block if trial.control] == ["workers=1"]
    assert len({tuple(trial.point.name for trial in block) for block in blocks}) > 1
    assert [trial.point for trial in trials(small("seed=2", "workers=1,2,4,8"))] != [
        trial.point for trial in trials(small("workers=1,2,4,8"))
    ]


def test_quick_scales_down_what_nobody_asked_for() -> None:
    """A change wins over it."""
    quick = read("scaling-io", ["repeats=5"], quick=True)
    assert (quick.repeats, quick.control, quick.workers) == (5, False, (1, 2))
    assert quick.load[0].tasks_per_worker is None
