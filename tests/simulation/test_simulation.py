"""The simulation: a seed is a story that can be told again, no seed breaks a promise, and every mistake is found."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from benchmarks.simulation.__main__ import main
from benchmarks.simulation.log import log
from benchmarks.simulation.many import failures, replay
from benchmarks.simulation.play import play
from benchmarks.simulation.variants import WRONG

SEEDS = 10_000 if os.environ.get("CI") else 2_000
CHUNK = 250  # seeds a test: some seconds, so that all cores get their share
WITHIN = 600  # seeds: so many are enough to find any mistake
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_no_seed_breaks_a_promise(first: int) -> None:
    """Whatever is killed, paused, cut off, delayed or cancelled, whoever's turn it is."""
    failure = next(failures(range(first, first + CHUNK)), None)
    assert failure is None, str(failure)


@pytest.mark.parametrize("variant", WRONG)
def test_every_mistake_is_found(variant: str) -> None:
    """A simulation that finds nothing proves something only if it would have found something."""
    failure = next(failures(range(WITHIN), variant), None)
    assert failure is not None
    assert failure.findings
    assert replay(failure.seed, variant) in str(failure)


def test_the_same_seed_is_the_same_story() -> None:
    """Byte for byte; and another seed is another one."""
    told = [log(play(seed)) for seed in range(20)]
    assert told == [log(play(seed)) for seed in range(20)]
    assert len(set(told)) == 20


def test_the_story_does_not_depend_on_the_interpreter() -> None:
    """Neither on its hashes nor on where its objects lie: another process tells the same."""
    seeds = range(5)
    code = f"""
import sys
from benchmarks.simulation.log import log
from benchmarks.simulation.play import play
ballast = [object() for _ in range(12_345)]
sys.stdout.buffer.write(b"".join(log(play(seed)) for seed in {seeds}))
"""
    told = [
        subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": hash_seed})
        for hash_seed in ("1", "2")
    ]
    assert told == [b"".join(log(play(seed)) for seed in seeds)] * 2


def test_the_story_does_not_depend_on_where_logs_went_before() -> None:
    """A process that has logged by itself tells the same: its loggers remember how they were set up."""
    code = """
import sys
from benchmarks.simulation.log import log
from benchmarks.simulation.play import play
from system.telemetry.logs import set_up
for _ in range(2):
    set_up("console")
    for module in [one for name, one in sys.modules.items() if name.startswith("system.worker.")]:
        getattr(module, "log", None) and module.log.warning("by itself")
sys.stdout.buffer.write(log(play(3)))
"""
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT) == log(play(3))


def test_the_replay_shows_the_story_and_the_verdict(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """The command that a failure names prints the log, then what was broken."""
    failure = next(failures(range(WITHIN), "unfenced"))
    assert main(["--seed", str(failure.seed), "--variant", "unfenced"]) == 1
    out = capfdbinary.readouterr().out
    assert f"BROKEN  {failure.findings[0]}".encode() in out
    assert main(["--seed", "0"]) == 0
    assert log(play(0)) in capfdbinary.readouterr().out


def test_many_seeds_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Several processes share them; what fails is counted and named."""
    expected = list(islice(failures(range(20), "repeating"), 5))
    assert main(["--seeds", "0..19", "--variant", "repeating", "--jobs", "2"]) == 1
    out = capsys.readouterr().out
    assert "20 seeds in " in out
    for failure in expected:
        assert str(failure) in out
