"""12: other queues, measured side by side on the same machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.peers.figures import BY_NAME
from benchmarks.peers.markdown import CRASHES, crash_text
from benchmarks.peers.results import FILE, QueueResult, load
from benchmarks.peers.summary import OURS, medians, ratios, spread
from benchmarks.report.blocks import Block, Bullets, Table, Text
from benchmarks.report.evidence import Evidence
from benchmarks.report.numbers import NONE, percent

GROUPS = {
    "Submitting and draining no-ops; W is a number of processes": (
        "one",
        "bulk",
        "noop_1",
        "noop_2",
        "noop_4",
    ),
    "Tasks that wait 20 ms, and start latency": ("io_1", "io_2", "io_4", "start_p50", "start_p95", "start_p99"),
    "What a task and a worker cost": ("worker_us", "redis_us", "pss_mb", "redis_bytes"),
}
SIDE_BY_SIDE = ("one", "bulk", "noop_1", "noop_2", "noop_4", "start_p99", "worker_us", "redis_us")
ABOUT = (
    "Every queue ran as its own documentation advises for throughput, against the same Redis, in turns on the same "
    "machine. Medians over the rounds."
)
ABOUT_CRASHES = (
    "A worker was killed by SIGKILL in the middle of a task while another one was alive and free. Seconds until the "
    "task ran again: as installed (default), and with time-outs of about 10 s set as documented (tuned); with nothing "
    "else to do (idle), and with other tasks in the queue (traffic)."
)


def peers(evidence: Evidence) -> Iterator[Block]:
    """Show the medians, TaskLab in relation to each, what a killed worker's task came to, settings and failures."""
    if not (evidence.folder.path / FILE).exists():
        return
    queues = load(evidence.folder.path)
    yield Text(ABOUT)
    for caption, names in GROUPS.items():
        yield from _medians(caption, queues, names)
    yield from _ratios(queues)
    if crashed := [queue for queue in queues if queue.crash]:
        yield Text(ABOUT_CRASHES)
        heads = ("queue", *(f"{settings}, {'traffic' if traffic else 'idle'}" for settings, traffic in CRASHES))
        yield Table("What became of a killed worker's task", heads, [(q.title, *_crash(q)) for q in crashed])
    yield Table(
        "Versions and settings", ("queue", "versions", "for throughput", "what brings a task back"), _settings(queues)
    )
    if failed := [(queue.title, reason) for queue in queues for reason in queue.failures]:
        yield Bullets(failed)


def _medians(caption: str, queues: Sequence[QueueResult], names: Sequence[str]) -> Iterator[Block]:
    cells = {queue.title: (medians(queue), spread(queue)) for queue in queues}
    shown = [name for name in names if any(name in found for found, _ in cells.values())]
    if shown:
        rows = [
            (title, *(BY_NAME[name].text(found.get(name)) for name in shown), percent(spreads.get(shown[0])))
            for title, (found, spreads) in cells.items()
        ]
        heads = ("queue", *(f"#{BY_NAME[name].heading}" for name in shown), "#spread of the first")
        yield Table(caption, heads, rows)


def _ratios(queues: Sequence[QueueResult]) -> Iterator[Block]:
    ours = next((queue for queue in queues if queue.name == OURS), None)
    if ours is None:
        return
    found = {queue.title: ratios(ours, queue) for queue in queues if queue is not ours}
    shown = [name for name in SIDE_BY_SIDE if any(name in each for each in found.values())]
    rows = [
        (title, *(f"{each[name]:.2g}" if name in each else NONE for name in shown))
        for title, each in found.items()
        if each
    ]
    if rows:
        heads = ("against", *(f"#{BY_NAME[name].heading}" for name in shown))
        yield Table("How many times better TaskLab is, round by round, median; below 1 it is worse", heads, rows)


def _crash(queue: QueueResult) -> Iterator[str]:
    found = {(trial.settings, trial.traffic): trial for trial in queue.crash}
    for settings, traffic in CRASHES:
        trial = found.get((settings, traffic))
        yield NONE if trial is None else crash_text(trial).replace("**", "")


def _settings(queues: Sequence[QueueResult]) -> list[tuple[str, ...]]:
    return [
        (
            queue.title,
            ", ".join(f"{name} {version}" for name, version in queue.versions.items()),
            queue.settings,
            queue.crash_default + (f"; tuned: {queue.crash_tuned}" if queue.crash_tuned else ""),
        )
        for queue in queues
    ]
