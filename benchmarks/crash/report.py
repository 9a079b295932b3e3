"""The report of one soak in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

BROKEN = "**broken**"
MUST_BE_ZERO = {
    "lost",
    "unexpected",
    "accepted twice",
    "duplicated, unexplained",
    "several terminal states",
    "result under an old token",
    "left in Redis",
    "taken over late",
}
MEANING = {
    "attempted": "tasks that clients tried to submit",
    "acknowledged": "of these, a client was told: accepted",
    "ok": "came to an end",
    "recovered": "came to an end though their client had no answer",
    "lost": "acknowledged, and never came to an end",
    "unexpected": "ran though never submitted, or refused",
    "accepted twice": "one idempotency key, two tasks",
    "duplicated, explained": "ran again, and a logged fault accounts for it",
    "duplicated, unexplained": "ran again, and nothing accounts for it",
    "late finishes refused": "by workers that had lost their lease (as far as an onlooker saw them)",
    "several terminal states": "ended more than once",
    "result under an old token": "ended by a worker that had lost its lease",
    "left in Redis": "still there after the drain",
    "taken over late": "later than lease + 1 s, and nothing else was broken meanwhile",
}


def markdown(summary: Mapping[str, Any]) -> str:
    """Write the report."""
    return "\n".join(
        [
            f"# Soak: {summary['verdict']}",
            "",
            *(f"- {reason}" for reason in summary["because"]),
            "",
            f"`{summary['command']}`",
            "",
            _course(summary),
            "",
            "## Tasks",
            "",
            *_table(("", "count", "what it means"), _tasks(summary["tasks"])),
            "",
            _bound(summary),
            "",
            _takeovers(summary),
            "",
            "Answers to clients: " + _listed(summary["answers"]) + ". "
            "Causes of repeated runs: " + (_listed(summary["causes_of_duplicates"]) or "none") + ".",
            "",
            "## Faults",
            "",
            *_table(
                ("fault", "of", "times", "mean length, s"),
                (
                    (one["kind"], one["of"], f"{one['count']:,}", f"{one['mean_seconds']:.2f}")
                    for one in summary["faults"]
                ),
            ),
            "",
            "Planned, but there was nobody to hit: " + (_listed(summary["missed_faults"]) or "none") + ".",
            "",
            "## How tasks ended",
            "",
            *_table(
                ("type", "ends"), ((kind, _listed(ends)) for kind, ends in sorted(summary["ends_by_type"].items()))
            ),
            "",
            "## Made on",
            "",
            *_table(("", ""), summary["environment"].items()),
            "",
        ]
    )


def _course(summary: Mapping[str, Any]) -> str:
    trial, shape = summary["trial"], summary["trial"]["shape"]
    return (
        f"{shape['queue']} on {shape['database']}, {shape['workers']} workers (half of them supervised, half as on "
        f"other machines), lease {shape['lease_seconds']:g} s, seed {trial['seed']}. Load and faults lasted "
        f"{summary['minutes']:.1f} minutes, the drain {summary['drain_seconds']:.1f} s. A minute, "
        f"{summary['accepted_per_minute']:,.0f} tasks were accepted and {summary['worker_kills_per_minute']:.1f} "
        "workers killed."
    )


def _tasks(counts: Mapping[str, int]) -> Iterator[tuple[str, str, str]]:
    for name, count in counts.items():
        broken = f" {BROKEN}" if count and name in MUST_BE_ZERO else ""
        yield name, f"{count:,}{broken}", MEANING[name]


def _bound(summary: Mapping[str, Any]) -> str:
    hit = f"{summary['kills']:,} processes were killed, {summary['worker_kills']:,} of them workers; "
    hit += f"{summary['worker_kills_with_tasks_in_hand']:,} of these had tasks in hand."
    if summary["bound"] is None:
        return hit
    return (
        f"{hit} No loss in that many kills: with 95 % confidence a kill loses a task with p < {summary['bound']:.2g}."
    )


def _takeovers(summary: Mapping[str, Any]) -> str:
    seconds = summary["takeover_seconds"]
    if not seconds["count"]:
        return "No task had to be taken over."
    return (
        f"{seconds['count']:,} tasks were taken over from dead or silent workers; from the kill, or the lease's end, "
        f"to the next run: median {seconds['p50']:.2f} s, p99 {seconds['p99']:.2f} s, longest {seconds['max']:.2f} s "
        "(faults and backlog included)."
    )


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
