"""The tables of `peers.md`, fit for a README: medians, crash safety, ratios, settings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.peers.figures import BY_NAME, FIGURES, NOTHING, Figure
from benchmarks.peers.results import CrashResult, QueueResult
from benchmarks.peers.summary import OURS, medians, ratios

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("start at 200/s, p50 / p95 / p99 ms", ("start_p50", "start_p95", "start_p99")),
    ("20 ms I/O, 10 slots, % of the ideal at W=1 / 2 / 4", ("io_1", "io_2", "io_4")),
)
"""Figures that share a column."""
ABOUT_CRASHES = """\
A worker was killed with SIGKILL half a second into a task of 3 s, another worker being alive and free. Seconds until
the task ran again, judged by the checker. *Default*: as installed. *Tuned*: time-outs of about 10 s, set as documented.
*Traffic*: two short tasks a second went through the queue meanwhile."""
CRASHES = (("default", False), ("default", True), ("tuned", False), ("tuned", True))


def markdown(run: dict[str, Any], queues: Sequence[QueueResult]) -> str:
    """Write everything."""
    parts = [
        "# TaskLab beside other queues",
        _conditions(run),
        "## Speed",
        "Medians. W: worker processes. A dash: not measured, or not to be had; the reasons are below.",
        _speed(queues),
        *_ratios(queues),
        "## Crash safety",
        ABOUT_CRASHES,
        _crash(queues),
        "## Settings",
        _table(
            ("queue", "versions", "for throughput", "what brings a dead worker's task back", "tuned"),
            (_settings(queue) for queue in queues),
        ),
        *_failures(queues),
    ]
    return "\n\n".join(parts) + "\n"


def _conditions(run: dict[str, Any]) -> str:
    facts = run["environment"]
    where = f"{facts['date'][:10]}, {facts['machine']}; cores: {facts['cores']}; {run['server']}"
    return (
        f"{where} for all, TaskLab included. {run['rounds']} interleaved rounds, 100-byte tasks; "
        "done is what the task's own body has written down. Queues, Redis, client and TaskLab's recorder share the "
        "cores: only ratios within this run count."
    )


def _speed(queues: Sequence[QueueResult]) -> str:
    grouped = {name for _, names in GROUPS for name in names}
    single = [figure for figure in FIGURES if figure.name not in grouped]
    heads = ("", *(figure.heading for figure in single), *(heading for heading, _ in GROUPS))
    return _table(heads, (_speed_row(queue, single) for queue in queues))


def _speed_row(queue: QueueResult, single: Sequence[Figure]) -> tuple[str, ...]:
    cells = medians(queue)
    shared = (
        " / ".join(BY_NAME[name].text(cells.get(name)) for name in names)
        if any(name in cells for name in names)
        else NOTHING
        for _, names in GROUPS
    )
    return (queue.title, *(figure.text(cells.get(figure.name)) for figure in single), *shared)


def _ratios(queues: Sequence[QueueResult]) -> Iterable[str]:
    ours = next((queue for queue in queues if queue.name == OURS), None)
    if ours is None or len(queues) == 1:
        return
    yield "## TaskLab (accept=redis) against each"
    yield "How many times better TaskLab is, divided round by round, median; below 1 it is worse."
    heads = ("", *(figure.heading for figure in FIGURES))
    rows = []
    for queue in queues:
        if queue.name != OURS and (found := ratios(ours, queue)):
            cells = (f"{found[figure.name]:.2g}" if figure.name in found else NOTHING for figure in FIGURES)
            rows.append((queue.title, *cells))
    yield _table(heads, rows)


def _crash(queues: Sequence[QueueResult]) -> str:
    heads = ("", "default, idle", "default, traffic", "tuned, idle", "tuned, traffic")
    return _table(heads, ((queue.title, *_crash_row(queue)) for queue in queues if queue.crash))


def _crash_row(queue: QueueResult) -> Iterable[str]:
    found = {(trial.settings, trial.traffic): trial for trial in queue.crash}
    for settings, traffic in CRASHES:
        trial = found.get((settings, traffic))
        if trial is not None:
            yield crash_text(trial)
        else:
            yield "no setting" if settings == "tuned" and queue.crash_tuned is None else NOTHING


def crash_text(trial: CrashResult) -> str:
    """Say what became of the task in a few words."""
    if trial.verdict == "failed":
        return "failed, see below"
    if trial.seconds is not None:
        digits = 1 if trial.seconds >= 1 else 2
        return f"{trial.seconds:.{digits}f}" + (
            f", ran to its end {trial.duplicated + 1} times" if trial.duplicated else ""
        )
    if trial.left_in_redis:
        return f"not within {trial.watched_s:.0f} s"
    return "**lost**, nothing of it in Redis"


def _settings(queue: QueueResult) -> tuple[str, ...]:
    versions = ", ".join(f"{name} {version}" for name, version in queue.versions.items())
    return (queue.title, versions, queue.settings, queue.crash_default, queue.crash_tuned or "no setting")


def _failures(queues: Sequence[QueueResult]) -> Iterable[str]:
    lines = [f"- {queue.title}: {failure}" for queue in queues for failure in queue.failures]
    lines += [f"- {queue.title}, crash: {trial.reason}" for queue in queues for trial in queue.crash if trial.reason]
    if lines:
        yield "## What failed"
        yield "\n".join(lines)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("\n", " ").replace("|", "/") for cell in line) + " |" for line in lines
    )
