"""The gates a run must pass before its numbers mean anything, each with the number that decides it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.report.blocks import Status
from benchmarks.report.evidence import OPEN, Evidence
from benchmarks.report.numbers import SPACE, many, percent, plain, short
from benchmarks.report.steadiness import growing, little

SHORTEST_S = 10.0
BUSY = 0.8  # of one core: what drives the load may then be the limit
MISSED = 0.01  # share of arrivals
FEWEST_REPEATS = 3
BUSY_WORDS = f"{short(BUSY * 100)}{SPACE}%"


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate, and how the run came out at it."""

    name: str
    status: Status
    found: str
    asked: str


def gates(evidence: Evidence) -> list[Gate]:
    """Return all gates that apply to a run; there are none for one that has no trials."""
    return [gate for one in GATES for gate in one(evidence)] if evidence.trials else []


def worst(found: list[Gate]) -> Status:
    """Return the worst status; what no gate has looked at has not passed."""
    order = list(Status)
    return max((gate.status for gate in found), key=order.index, default=Status.WARN)


def _checker(evidence: Evidence) -> Iterator[Gate]:
    verdicts = Counter(trial.verdict for trial in evidence.all_trials)
    status = Status.FAIL if verdicts["invalid"] else Status.PASS if set(verdicts) == {"valid"} else Status.WARN
    found = ", ".join(f"{count:,} of {len(evidence.all_trials):,} {verdict}" for verdict, count in verdicts.items())
    yield Gate("checker", status, found, "every trial valid: nothing lost, nothing run twice without a cause")


def _generator(evidence: Evidence) -> Iterator[Gate]:
    shares = [trial.cpu_s["generator"] / trial.measured_s for trial in evidence.trials if "generator" in trial.cpu_s]
    if shares:
        status = Status.WARN if max(shares) > BUSY else Status.PASS
        yield Gate("load generator", status, f"{percent(max(shares))} of a core at most", f"not over {BUSY_WORDS}")


def _complete(evidence: Evidence) -> Iterator[Gate]:
    planned = evidence.run.get("trials_planned")
    if isinstance(planned, int):
        finished = len(evidence.all_trials)
        status = Status.PASS if finished >= planned else Status.WARN
        yield Gate("complete", status, f"{finished:,} of {many(planned, 'trial')}", "every planned trial was finished")


def _missed(evidence: Evidence) -> Iterator[Gate]:
    some = [trial for trial in evidence.trials if trial.arrivals in OPEN]
    if some:
        missed, sent = sum(trial.missed for trial in some), sum(trial.accepted for trial in some)
        share = missed / max(1, missed + sent)
        status = Status.PASS if not missed else Status.WARN if share <= MISSED else Status.FAIL
        found = f"{missed:,} of {missed + sent:,} ({percent(share)})"
        yield Gate(
            "missed arrivals",
            status,
            found,
            f"none; over {short(MISSED * 100)}{SPACE}% the load was not the one intended",
        )


def _duration(evidence: Evidence) -> Iterator[Gate]:
    shortest = min(trial.measured_s for trial in evidence.trials)
    status = Status.PASS if shortest >= SHORTEST_S else Status.WARN
    yield Gate("duration", status, f"{plain(shortest)} s the shortest trial", f"{SHORTEST_S:g} s measured, or more")


def _host(evidence: Evidence) -> Iterator[Gate]:
    limited = [trial for trial in evidence.trials if trial.host_limited]
    found = f"{len(limited):,} of {many(len(evidence.trials), 'trial')}"
    if limited:
        most = max(limited, key=lambda trial: max(trial.host_busy, trial.busiest_busy))
        found += (
            f"; at most, host {percent(most.host_busy)}, {most.busiest_role or 'one role'} {percent(most.busiest_busy)}"
        )
    status = Status.WARN if limited else Status.PASS
    yield Gate("host limit", status, found, f"host and each single-threaded role under {BUSY_WORDS}")


def _repeats(evidence: Evidence) -> Iterator[Gate]:
    fewest = min(len(repeats) for repeats in evidence.points.values())
    status = Status.PASS if fewest >= FEWEST_REPEATS else Status.WARN
    yield Gate("repeats", status, f"{many(fewest, 'trial')} of the least repeated point", f"{FEWEST_REPEATS} or more")


def _stable(evidence: Evidence) -> Iterator[Gate]:
    trends = growing(evidence)
    if trends is not None:
        found = "; ".join(f"{point}: {words}" for point, words in trends.items()) or "the backlog does not grow"
        status = Status.WARN if trends else Status.PASS
        yield Gate("stability", status, found, "under scheduled load the backlog does not grow")


def _little(evidence: Evidence) -> Iterator[Gate]:
    ratio = little(evidence)
    if ratio is not None:
        status = Status.PASS if abs(ratio - 1) <= 0.1 else Status.WARN  # noqa: PLR2004 (a tenth)
        asked = "0.9 to 1.1: tasks in the system = rate x time, or the records contradict each other"
        yield Gate("Little's law", status, f"ratio {ratio:.3f}", asked)


GATES: tuple[Callable[[Evidence], Iterator[Gate]], ...] = (
    _checker,
    _complete,
    _missed,
    _generator,
    _stable,
    _little,
    _duration,
    _repeats,
    _host,
)
