"""Two runs: noise is noise, planted changes are found, and what is unlike is not compared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.analysis.compare import Change, Comparison, compare
from benchmarks.analysis.limits import host_limited
from benchmarks.analysis.noise import threshold
from benchmarks.records import ResultFolder, TaskRecord, UnreadableResults
from tests.unit.analysis.making import repeats, results, task, trial


def verdicts(found: Comparison) -> list[Change]:
    """Return the verdict of each point."""
    return [point.verdict for point in found.points]


@pytest.mark.parametrize(
    ("factor", "verdict", "code"),
    [(1.0, Change.NOISE, 0), (0.9, Change.REGRESSION, 1), (1.12, Change.IMPROVEMENT, 0)],
)
def test_equal_slower_and_faster_runs(tmp_path: Path, factor: float, verdict: Change, code: int) -> None:
    """Five repeats that scatter by 1 %: the same again, a tenth slower, a tenth faster."""
    a = results(tmp_path / "a", repeats(1000, seed=1, spread=0.01))
    b = results(tmp_path / "b", repeats(1000 * factor, seed=2, spread=0.01), date="later", tasklab="0.1.0, commit b")
    found = compare(a, b, seed=1)
    assert verdicts(found) == [verdict]
    assert found.exit_code == code
    assert found.points[0].ratio is not None
    assert found.points[0].ratio.middle == pytest.approx(factor, abs=0.02)


def test_equal_runs_are_seldom_called_different(tmp_path: Path) -> None:
    """60 comparisons of equal runs with 5 % scatter: at most 2 say otherwise."""
    wrong = 0
    for seed in range(60):
        a = results(tmp_path / f"a{seed}", repeats(1000, seed=2 * seed, spread=0.05))
        b = results(tmp_path / f"b{seed}", repeats(1000, seed=2 * seed + 1, spread=0.05))
        wrong += verdicts(compare(a, b, seed=seed)) != [Change.NOISE]
    assert wrong <= 2


def test_a_difference_within_what_equal_runs_show_is_noise(tmp_path: Path) -> None:
    """Repeats that agree to a hair, but an A/A control 15 % off: a slowdown of 10 % proves nothing."""
    rates = [1000.0, 1001, 1002, 1003, 1004]
    steady = [trial(trial=number, repeat=number, throughput=rate) for number, rate in enumerate(rates)]
    control = trial(trial=9, repeat=0, control=True, throughput=1150)
    a = results(tmp_path / "a", [*steady, control])
    b = results(tmp_path / "b", [replace(one, throughput=one.throughput * 0.9) for one in steady])
    found = compare(a, b, seed=1)
    assert verdicts(found) == [Change.NOISE]
    assert found.points[0].noise == pytest.approx(0.15)
    assert "equal trials" in found.points[0].reason
    without = compare(results(tmp_path / "c", steady), b, seed=1)
    assert verdicts(without) == [Change.REGRESSION]


def test_a_difference_that_chance_explains_is_noise(tmp_path: Path) -> None:
    """One A/A pair that happens to agree, and repeats that scatter by a third: medians 10 % apart prove nothing."""
    rates = [800.0, 900, 1000, 1100, 1200]
    scattered = [trial(trial=number, repeat=number, throughput=rate) for number, rate in enumerate(rates)]
    control = trial(trial=9, repeat=0, control=True, throughput=801)
    a = results(tmp_path / "a", [*scattered, control])
    slower = [replace(one, throughput=one.throughput * 0.9) for one in (*scattered, control)]
    found = compare(a, results(tmp_path / "b", slower), seed=1)
    assert verdicts(found) == [Change.NOISE]
    assert found.points[0].noise == pytest.approx(1 / 800)
    assert found.points[0].reason == "the interval holds no change"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"mix": "io-20ms"}, "other scenario (mix: noop, then io-20ms)"),
        ({"workers": 3}, "workers: 2, then 3"),
        ({"verdict": "invalid"}, "the checker found the second run invalid"),
        ({"point": "workers=9"}, "not measured in the second run"),
        ({"count": 2}, "no interval under 3 a side"),
    ],
)
def test_unlike_points_are_not_compared(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    """The reason is named, and the gate stays shut."""
    a = results(tmp_path / "a", repeats(1000, seed=1))
    b = results(tmp_path / "b", repeats(500, seed=2, **changes))
    found = compare(a, b, seed=1)
    assert set(verdicts(found)) == {Change.INCOMPARABLE}
    assert reason in found.points[0].reason
    assert found.exit_code == 2


def test_another_environment_is_not_compared(tmp_path: Path) -> None:
    """Four cores are no two; the load of the moment is no difference."""
    a = results(tmp_path / "a", repeats(1000, seed=1))
    b = results(tmp_path / "b", repeats(500, seed=2), cores="4, load before 0.1")
    found = compare(a, b, seed=1)
    assert found.points[0].reason == "other environment (cores: 2, then 4)"
    assert found.exit_code == 2
    busier = results(tmp_path / "c", repeats(1000, seed=2), cores="2, load before 1.9")
    assert compare(a, busier, seed=1).exit_code == 0


def test_a_new_point_shuts_no_gate(tmp_path: Path) -> None:
    """Only what the first run has must be in the second."""
    new = [replace(one, trial=one.trial + 100) for one in repeats(900, seed=3, point="workers=9")]
    a = results(tmp_path / "a", repeats(1000, seed=1))
    b = results(tmp_path / "b", [*repeats(1000, seed=2), *new])
    found = compare(a, b, seed=1)
    assert verdicts(found) == [Change.NOISE, Change.INCOMPARABLE]
    assert found.exit_code == 0


def test_a_slower_p99_at_the_same_rate_is_a_regression(tmp_path: Path) -> None:
    """An open loop's throughput is its schedule: what changes is how long tasks take, and what they cost."""

    def run(name: str, slower: float, seed: int) -> ResultFolder:
        trials = repeats(100, seed, spread=0.001, arrivals="poisson", rate=100.0)
        chance = np.random.default_rng(seed)
        tasks: list[TaskRecord] = []
        for one in trials:
            for at, took in zip(np.linspace(0, 9, 300).tolist(), chance.uniform(0.01, 0.05, 300).tolist(), strict=True):
                tasks.append(task(at, at, at + took * slower, intended_s=at, trial=one.trial))
        costed = [
            replace(one, cpu_ms_per_task={"api": 1.0, "workers": 0.5 / slower, "generator": slower}) for one in trials
        ]
        return results(tmp_path / name, costed, tasks)

    found = compare(run("a", 1.0, 1), run("b", 1.3, 2), seed=1)
    assert {point.metric: point.verdict for point in found.points} == {
        "throughput": Change.NOISE,
        "end to end, p99": Change.REGRESSION,
        "CPU per task": Change.IMPROVEMENT,
    }
    assert found.exit_code == 1


def test_a_folder_without_trials_is_an_error(tmp_path: Path) -> None:
    """Nothing was measured."""
    with pytest.raises(UnreadableResults, match="no trial was finished"):
        compare(results(tmp_path / "a", []), results(tmp_path / "b", []), seed=1)


def test_noise_is_the_typical_difference_of_equal_trials() -> None:
    """A/A pairs where there are some, else repeats, else unknown."""
    trials = [
        trial(repeat=0, throughput=100),
        trial(repeat=1, throughput=110),
        trial(repeat=0, control=True, throughput=97),
    ]
    controls = threshold(trials)
    assert (controls.threshold, controls.pairs, controls.source) == (pytest.approx(100 / 97 - 1), 1, "A/A pairs")
    assert threshold(trials[:2]).threshold == pytest.approx(0.1)
    assert threshold(trials[:2]).source == "repeats"
    assert threshold(trials[:1]).threshold is None


def test_noise_does_not_grow_with_the_number_of_pairs() -> None:
    """1,000 pairs of trials that scatter by 5 % differ by 7 % (that times the root of 2), as 10 pairs do."""
    assert threshold(repeats(100, seed=1, spread=0.05, count=1_000)).threshold == pytest.approx(0.073, rel=0.1)
    assert threshold(repeats(100, seed=1, spread=0.05, count=10)).threshold == pytest.approx(0.073, rel=0.5)


def test_a_host_limit_says_why() -> None:
    """The host as a whole, or a role that can't use a second core."""
    assert not host_limited(trial(host_busy=0.8, busiest_busy=0.8)).limited
    assert "all cores together were busy 93%" in host_limited(trial(host_busy=0.93)).reason
    assert "redis used 97%" in host_limited(trial(busiest_role="redis", busiest_busy=0.97)).reason
