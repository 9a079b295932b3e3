"""The event log of a run: everything that happened, in the order of the world's clock, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter

from benchmarks.simulation.evidence import Evidence, seconds
from system.tasks.events import Event

Line = tuple[float, str, str]


def log(evidence: Evidence) -> bytes:
    """Write the log of a run: a line for the scenario's every part, then one for each thing that happened."""
    return "".join(f"{line}\n" for line in [*_plan(evidence), *_story(evidence)]).encode()


def _plan(evidence: Evidence) -> Iterator[str]:
    scenario = evidence.scenario
    yield f"seed {scenario.seed}: leases of {scenario.lease_seconds} s, a callback takes {scenario.step_seconds} s"
    yield f"{scenario.weather}"
    for plan in [*scenario.workers, *scenario.tasks, *scenario.acts]:
        yield f"{plan}"


def _story(evidence: Evidence) -> Iterator[str]:
    for at, who, what in sorted(_lines(evidence), key=itemgetter(0)):
        yield f"{at:12.6f}  {who:<9} {what}"


def _lines(evidence: Evidence) -> Iterator[Line]:
    yield from evidence.notes
    for event in evidence.events:
        yield seconds(event.at), "queue", _told(event)
    for stint in evidence.stints:
        task = f"{stint.claim.task.id} under {stint.claim.token}"
        yield stint.began, stint.worker, f"begins {task}, to {stint.how}"
        if stint.ended is not None:
            yield stint.ended, stint.worker, f"ends {task}" + (", returning" if stint.returned else "")
    for each in evidence.disturbances:
        yield each.at, each.worker, f"{each.verb} {each.what}"


def _told(event: Event) -> str:
    words = [event.kind, event.task_id]
    if event.token is not None:
        words.append(f"under {event.token}, delivery {event.delivery}")
    if event.failures is not None:
        words.append(f"failures {event.failures}")
    if event.run_at is not None:
        words.append(f"due {seconds(event.run_at):.3f}")
    if event.error is not None:
        words.append(f"({event.error.splitlines()[0]})")
    return " ".join(words)
