"""The report of one soak in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

MEANING = {
    "attempted": "tasks that clients tried to submit",
    "acknowledged": "of these, a client was told: accepted",
    "ok": "came to an end",
    "recovered": "came to an end though their client had no answer",
    "duplicated, explained": "ran again, and a logged fault accounts for it",
    "late finishes refused": "by workers that had lost their lease (as far as an onlooker saw them)",
}
MUST_BE_ZERO = {
    "lost": "acknowledged, and never came to an end",
    "unexpected": "ran though never submitted, or refused",
    "accepted twice": "one idempotency key, two tasks",
    "duplicated, unexplained": "ran again, and nothing accounts for it",
    "several terminal states": "ended more than once",
    "result under an old token": "ended by a worker that had lost its lease",
    "left in Redis": "still there after the drain",
    "taken over late": "later than lease + 1 s, and nothing else was broken meanwhile",
}
ABOUT_TAKEOVER = (
    "What a dead or silent worker had in hand: seconds from its kill, or from its lease's end, until each task was "
    "free again, and until it ran again, which in a busy system is later. Counted where nothing else was broken "
    "meanwhile."
)


def markdown(summary: Mapping[str, Any]) -> str:
    """Write the report."""
    sections = (
        _head(summary),
        ["## Tasks", *_table(("", "count", "what it means"), _tasks(summary["tasks"])), "", _kills(summary)],
        [
            "## Takeover",
            ABOUT_TAKEOVER,
            "",
            *_table(("of", "until", "tasks", "median", "p99", "longest"), _takeovers(summary["takeovers"])),
        ],
        [
            "## Faults",
            *_table(("fault", "of", "times", "mean length, s"), _faults(summary["faults"])),
            "",
            f"Planned, but there was nobody to hit: {_listed(summary['missed_faults'])}.",
        ],
        [
            "## Answers and ends",
            f"Answers to clients, task by task: {_listed(summary['answers'])}.",
            "",
            f"Causes of repeated runs: {_listed(summary['causes_of_duplicates'])}.",
            "",
            *_table(("type", "ends"), ((kind, _listed(ends)) for kind, ends in summary["ends_by_type"].items())),
        ],
        ["## Made on", *_table(("", ""), summary["environment"].items())],
    )
    return "\n\n".join("\n".join(section).replace("\n", "\n\n", 1) for section in sections) + "\n"


def _head(summary: Mapping[str, Any]) -> list[str]:
    trial, shape = summary["trial"], summary["trial"]["shape"]
    what = (
        f"The queue `{shape['queue']}` on {shape['database']}, {shape['workers']} workers (half of them supervised, "
        f"half as on other machines), lease {shape['lease_seconds']:g} s, seed {trial['seed']}. Load and faults lasted "
        f"{summary['minutes']:.1f} minutes, the drain {summary['drain_seconds']:.1f} s. A minute, "
        f"{summary['accepted_per_minute']:,.0f} tasks were accepted and {summary['worker_kills_per_minute']:.1f} "
        "workers killed."
    )
    doubts = [f"\n**Not valid: {reason}.**" for reason in summary["because"]]
    return [f"# Soak: {summary['verdict']}", f"`{summary['command']}`", "", what, *doubts]


def _tasks(counts: Mapping[str, int]) -> Iterator[tuple[str, str, str]]:
    for name, meaning in MEANING.items():
        yield name, f"{counts[name]:,}", meaning
    for name, meaning in MUST_BE_ZERO.items():
        yield name, f"**{counts[name]:,}**", meaning


def _kills(summary: Mapping[str, Any]) -> str:
    hit = (
        f"{summary['kills']:,} processes were killed, {summary['worker_kills']:,} of them workers, "
        f"{summary['worker_kills_with_tasks_in_hand']:,} with tasks in hand."
    )
    if summary["bound"] is None:
        return hit
    return f"{hit} None lost a task: with 95 % confidence a kill loses one with p < {summary['bound']:.2g} (3/N)."


def _takeovers(takeovers: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    for one in takeovers:
        for what, name in (("free again", "free"), ("running again", "runs")):
            cuts = one[name]
            figures = [f"{cuts[cut]:.2f}" for cut in ("p50", "p99", "max")] if cuts["count"] else ["", "", ""]
            yield one["of"], what, f"{cuts['count']:,} of {one['count']:,}", *figures


def _faults(faults: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    for one in faults:
        yield one["kind"], one["of"], f"{one['count']:,}", f"{one['mean_seconds']:.2f}"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items()) or "none"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
