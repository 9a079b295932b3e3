"""The answer in one sentence, computed from the records: what a reader takes home."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from benchmarks.analysis import latency
from benchmarks.report import beside
from benchmarks.report.checked import counted, total
from benchmarks.report.evidence import OPEN, Evidence
from benchmarks.report.numbers import many, milliseconds, percent, plain, short
from benchmarks.report.sections.latency import measured
from benchmarks.report.steadiness import growing
from benchmarks.report.takeovers import takeovers

Figure = tuple[str, str, str]


def question(evidence: Evidence) -> str:
    """Return the scenario's question, or the one its points put."""
    asked = evidence.scenario.get("question")
    if asked:
        return str(asked)
    if not evidence.trials:
        return beside.QUESTION
    if evidence.faults:
        return "Is a task lost when workers are killed, and how soon is it taken over?"
    if evidence.curve:
        return "How does throughput grow with the number of workers?"
    return "How many tasks a second, and how long does a task take?"


def answer(evidence: Evidence) -> str:
    """Answer it."""
    if not evidence.trials:
        return beside.answer(evidence)
    speed = _curve(evidence) or _keeping_up(evidence) or _highest(evidence)
    return " ".join([*(_losses(evidence) or _crashes(evidence)), *speed])


def figures(evidence: Evidence) -> list[Figure]:
    """Return the few numbers to take home."""
    if not evidence.trials:
        return []
    best, rate = _best(evidence)
    found: list[Figure] = [("Throughput", f"{plain(rate)}/s", f"done at {best}, median")]
    if (cut := _end_to_end(evidence)) is not None:
        found.append(("End to end, p99", f"{milliseconds(cut[1])} ms", f"at {cut[0]}"))
    lost, acknowledged = (total(evidence.all_trials, name) for name in ("lost", "acknowledged"))
    if lost is not None and acknowledged is not None:
        found.append(("Tasks lost", f"{lost:,}", f"of {acknowledged:,} acknowledged"))
    kills = sum(fault.kind == "kill" for fault in evidence.faults)
    if kills:
        found.append(("Kills", f"{kills:,}", "processes, by SIGKILL"))
    return found


def _losses(evidence: Evidence) -> list[str]:
    """Set systems that differ in more than their size side by side, where something was broken or lost."""
    systems = {(trial.phase, trial.queue, trial.database, trial.accept) for trial in evidence.trials}
    lost = {point: total(repeats, "lost") for point, repeats in evidence.points.items()}
    if len(systems) == 1 or not (evidence.faults or any(lost.values())):
        return []
    parts = [f"{counted(evidence.points[point], 'lost')} at {point}" for point in lost]
    return [f"Acknowledged tasks that were lost: {', '.join(parts)}."]


def _keeping_up(evidence: Evidence) -> list[str]:
    """Say which of several scheduled rates the system kept up with."""
    rates = sorted({trial.rate for trial in evidence.trials if trial.rate is not None})
    trends = growing(evidence)
    if len(rates) == 1 or not rates or trends is None or len(evidence.points) != len(rates):
        return []
    behind = sorted(trials[0].rate or 0.0 for point, trials in evidence.points.items() if point in trends)
    kept = [rate for rate in rates if not behind or rate < behind[0]]
    best = f"The system kept up with {short(kept[-1])} tasks a second" if kept else "The system kept up with no rate"
    return [f"{best}; {f'at {short(behind[0])} its backlog grew' if behind else 'a higher rate was not tried'}."]


def _crashes(evidence: Evidence) -> Iterator[str]:
    kills = sum(fault.kind == "kill" for fault in evidence.faults)
    lost, acknowledged = (total(evidence.all_trials, name) for name in ("lost", "acknowledged"))
    if not kills or lost is None or acknowledged is None:
        return
    found = takeovers(evidence.attempts, evidence.faults)
    soon = (
        f"; what a killed worker had in hand ran on after {plain(median(t.again_s for t in found))} s (median)"
        if found
        else ""
    )
    yield f"After {many(kills, 'kill')}, {lost:,} of {acknowledged:,} acknowledged tasks were lost{soon}."


def _curve(evidence: Evidence) -> list[str]:
    if not evidence.curve:
        return []
    rates = {number: median(trial.throughput for trial in some) for number, some in evidence.curve.items()}
    fewest, best = min(rates), max(rates, key=lambda number: rates[number])
    times = rates[best] / rates[fewest] if rates[fewest] else 0.0
    host = ", host-limited" if any(trial.host_limited for trial in evidence.curve[best]) else ""
    words = f"{many(best, 'worker')} did {plain(rates[best])} tasks a second{host}: {plain(times)} times what "
    return [f"{words}{fewest} did, an efficiency of {percent(times * fewest / best)}."]


def _highest(evidence: Evidence) -> list[str]:
    best, rate = _best(evidence)
    words = f"{plain(rate)} tasks a second were done" + (f" at {best}" if len(evidence.points) > 1 else "")
    if (cut := _end_to_end(evidence)) is not None:
        words += f"; end to end, 99 % took at most {milliseconds(cut[1])} ms at {cut[0]}"
    return [f"{words}."]


def _best(evidence: Evidence) -> tuple[str, float]:
    rates = {point: median(trial.throughput for trial in repeats) for point, repeats in evidence.points.items()}
    best = max(rates, key=lambda point: rates[point])
    return best, rates[best]


def _end_to_end(evidence: Evidence) -> tuple[str, float] | None:
    """Return the last scheduled point and its 99th percentile in seconds."""
    for point, repeats in reversed(evidence.points.items()):
        scheduled = [trial for trial in repeats if trial.arrivals in OPEN]
        seconds = latency.end_to_end(measured(evidence.of(evidence.tasks, scheduled), scheduled))
        if len(seconds) >= 100:  # noqa: PLR2004 (one in a hundred)
            return point, latency.summary(seconds).p99
    return None
