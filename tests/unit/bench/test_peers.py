"""Peers: medians and ratios, the order of the rounds, the tables, the catalogue, what is left of a task in Redis."""

from __future__ import annotations

import base64
import json
import pickle
import zlib
from pathlib import Path

import pytest
import redis

from benchmarks.peers.adapter import Part
from benchmarks.peers.catalogue import ADAPTERS, BY_NAME
from benchmarks.peers.command import chosen
from benchmarks.peers.commands import INSIDE
from benchmarks.peers.environments import REQUIREMENTS
from benchmarks.peers.figures import FIGURES, NOTHING
from benchmarks.peers.leftovers import is_left
from benchmarks.peers.markdown import crash_text, markdown
from benchmarks.peers.marks import Marks
from benchmarks.peers.results import CrashResult, QueueResult, load, save
from benchmarks.peers.rounds import Plan
from benchmarks.peers.summary import medians, ratios, spread
from benchmarks.peers.throughput import QUICK
from system.tasks.errors import TaskLabError

RUN = {"environment": {"date": "2026-01-01T00:00", "machine": "Linux", "cores": "2"}, "server": "valkey", "rounds": 2}


def found(name: str, *rounds: dict[str, float]) -> QueueResult:
    """Return results of a queue of the catalogue."""
    queue = QueueResult.of(BY_NAME[name])
    queue.rounds = list(rounds)
    return queue


def test_medians_take_the_rounds_that_have_the_cell() -> None:
    """A cell that one round lacks is told from the others."""
    queue = found("rq", {"one": 10.0, "bulk": 5.0}, {"one": 30.0}, {"one": 20.0, "bulk": 7.0})
    assert medians(queue) == {"one": 20.0, "bulk": 6.0}
    assert spread(queue) == {"one": 1.0, "bulk": pytest.approx(1 / 3)}


def test_ratios_are_taken_within_a_round() -> None:
    """A machine that gets slower for both leaves the ratio; where less is better, the smaller wins."""
    ours = found("tasklab", {"noop_1": 100.0, "worker_us": 10.0}, {"noop_1": 50.0, "worker_us": 20.0})
    peer = found("rq", {"noop_1": 50.0, "worker_us": 30.0}, {"noop_1": 25.0, "worker_us": 60.0})
    assert ratios(ours, peer) == {"noop_1": 2.0, "worker_us": 3.0}


def test_rounds_are_interleaved() -> None:
    """Each round has every queue once; the orders differ, and a seed gives them again."""
    names = list(BY_NAME)
    turns = list(Plan(3, QUICK, 1).turns(names))
    orders = [[name for number, name in turns if number == wanted] for wanted in range(3)]
    assert [number for number, _ in turns] == sorted(number for number, _ in turns)
    assert all(sorted(order) == sorted(names) for order in orders)
    assert orders[0] != orders[1]
    assert turns == list(Plan(3, QUICK, 1).turns(names))


def test_tables_have_a_row_each_and_as_many_cells_as_heads() -> None:
    """Values, dashes, reasons: nothing shifts a column."""
    broken = found("rq")
    broken.failures.append("can't be installed | at all")
    broken.crash.append(CrashResult(settings="default", traffic=False, verdict="failed", reason="no worker"))
    queues = [found("tasklab", {"noop_1": 1234.5, "io_1": 0.97}), found("huey", {"noop_1": 1000.0}), broken]
    text = markdown(RUN, queues)
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in lines}) <= 1
    assert f"| TaskLab, accept=redis | {NOTHING} | {NOTHING} | 1,234 |" in text
    assert "97 / " in text
    assert "| Huey |" in text
    assert "| 1.2 |" in text
    assert "- RQ, fork: can't be installed" in text
    assert "- RQ, fork, crash: no worker" in text


@pytest.mark.parametrize(
    ("trial", "text"),
    [
        ({"verdict": "valid", "seconds": 9.53}, "9.5"),
        ({"verdict": "valid", "seconds": 0.016}, "0.02"),
        ({"verdict": "valid", "seconds": 9.53, "duplicated": 1}, "9.5, ran to its end 2 times"),
        ({"verdict": "unknown", "left_in_redis": True, "watched_s": 120.4}, "not within 120 s"),
        ({"verdict": "invalid", "lost": 1}, "**lost**, nothing of it in Redis"),
        ({"verdict": "failed", "reason": "x"}, "failed, see below"),
    ],
)
def test_what_became_of_a_task_is_said_in_words(trial: dict[str, object], text: str) -> None:
    """A task that may yet come back is not called lost."""
    assert crash_text(CrashResult(settings="default", traffic=True, **trial)) == text


def test_results_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    """Rounds, failures and kills survive the file."""
    queue = found("rq", {"one": 1.5})
    queue.crash.append(CrashResult(settings="tuned", traffic=True, verdict="valid", seconds=1.0))
    save(tmp_path, [queue])
    assert load(tmp_path) == [queue]


def test_the_catalogue_is_complete() -> None:
    """Every queue has its file inside, its pinned packages, and only cells that the tables know."""
    assert len(BY_NAME) == len(ADAPTERS)
    for adapter in ADAPTERS:
        assert list(INSIDE.glob(f"{adapter.module}.*")), adapter.name
        if adapter.environment is not None:
            wanted = REQUIREMENTS / adapter.environment
            assert (wanted / "package-lock.json" if adapter.node else wanted.with_suffix(".txt")).exists()
        assert adapter.parts <= set(Part)
    assert len({figure.name for figure in FIGURES}) == len(FIGURES)


def test_unknown_names_are_refused() -> None:
    """A slip of the pen must not measure nothing."""
    assert chosen(" rq, huey") == ["rq", "huey"]
    assert chosen("") == list(BY_NAME)
    with pytest.raises(TaskLabError, match="no such queue: rx; there are"):
        chosen("rx")


def test_marks_are_counted_and_forgotten(tmp_path: Path) -> None:
    """One byte a task says that it ran, and where."""
    with Marks(tmp_path) as marks:
        with (tmp_path / "marks").open("r+b") as file:
            file.seek(3)
            file.write(b"\x01\x02")
        assert marks.done(10) == 2
        assert marks.workers(10) == {1, 2}
        marks.clear(10)
        assert marks.done(10) == 0
        marks.close_gate()
        assert (tmp_path / "gate").read_bytes() == b"\x00"


@pytest.mark.parametrize(
    "pack",
    [
        str.encode,
        pickle.dumps,
        lambda text: zlib.compress(text.encode()),
        lambda text: json.dumps({"body": base64.b64encode(text.encode()).decode()}).encode(),
    ],
    ids=["plain", "pickle", "zlib", "base64"],
)
@pytest.mark.parametrize("kind", ["key", "string", "list", "hash", "set", "zset", "stream"])
def test_a_task_is_found_wherever_it_is(redis_url: str, kind: str, pack: object) -> None:
    """Its payload is seen in every kind of value, and however it is packed."""
    assert callable(pack)
    data = pack("l00900000xxx")
    with redis.Redis.from_url(redis_url) as client:
        client.set("other", "n00000001xxx")
        assert not is_left(redis_url, ["l00900000x", ""])
        put = {
            "key": lambda: client.set(data, 1),
            "string": lambda: client.set("it", data),
            "list": lambda: client.lpush("it", data),
            "hash": lambda: client.hset("it", "field", data),
            "set": lambda: client.sadd("it", data),
            "zset": lambda: client.zadd("it", {data: 1}),
            "stream": lambda: client.xadd("it", {"field": data}),
        }
        put[kind]()
        assert is_left(redis_url, ["l00900000x", ""])
