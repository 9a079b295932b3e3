"""13: why these numbers may not hold elsewhere, from what this run did."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from benchmarks.report.blocks import Block, Bullets
from benchmarks.report.evidence import OPEN, Evidence
from benchmarks.report.gates import FEWEST_REPEATS, SHORTEST_S
from benchmarks.report.numbers import many, percent, plain

Threat = tuple[str, str]


def threats(evidence: Evidence) -> Iterator[Block]:
    """List what applies."""
    threatening = (*OF_ANY, *OF_TRIALS) if evidence.trials else OF_ANY
    yield Bullets([threat for one in threatening for threat in one(evidence)])


def _machine(evidence: Evidence) -> Iterator[Threat]:
    cores = str(evidence.run.get("environment", {}).get("cores", "")).partition(",")[0]
    where = f"the same {cores} cores" if cores.isdigit() else "the same cores"
    text = f"load generator, API, Redis, upkeep and workers shared {where}: each slows the others, and a faster part"
    yield "One machine", f"{text} may show as a slower other one. All calls went over the loopback interface."


def _virtual(evidence: Evidence) -> Iterator[Threat]:
    if "virtual" in str(evidence.run.get("environment", {}).get("machine", "")):
        text = "others may share its cores and its disk; a pause of the host looks like one of the system."
        yield "Virtual machine", text


def _limited(evidence: Evidence) -> Iterator[Threat]:
    limited = sorted({trial.point for trial in evidence.trials if trial.host_limited})
    if limited:
        yield (
            "Host-limited",
            f"at {', '.join(limited)} the numbers say how fast this machine is, not how the system scales.",
        )


def _load(evidence: Evidence) -> Iterator[Threat]:
    kinds = {trial.arrivals for trial in evidence.trials}
    if kinds - OPEN:
        yield (
            "Backlog",
            "the queue was never empty while it was drained; a system that waits for work behaves otherwise.",
        )
    if kinds & OPEN:
        yield "Scheduled load", "arrivals followed a seeded schedule; real traffic has other bursts."
    yield "Task mix", f"the tasks were made for measuring ({', '.join(sorted({t.mix for t in evidence.trials}))})."


def _length(evidence: Evidence) -> Iterator[Threat]:
    shortest, longest = (pick(trial.measured_s for trial in evidence.trials) for pick in (min, max))
    lasted = plain(shortest) if plain(shortest) == plain(longest) else f"{plain(shortest)} to {plain(longest)}"
    short = "" if shortest >= SHORTEST_S else f" Trials under {SHORTEST_S:g} s are dominated by their first seconds."
    yield "Length", f"trials measured {lasted} s: what takes minutes to show, growth or leaks, is not seen.{short}"


def _spread(evidence: Evidence) -> Iterator[Threat]:
    fewest = min(len(repeats) for repeats in evidence.points.values())
    if fewest < FEWEST_REPEATS:
        yield "Few repeats", f"a point's {many(fewest, 'trial')} can't tell how much it varies from run to run."
    if not any(trial.control for trial in evidence.all_trials):
        yield "No control pair", "nothing was run twice unchanged, so it is not known how far two equal runs lie apart."
    if len({trial.trial for trial in evidence.trials}) > 1 and evidence.tasks:
        yield "Pooled latencies", "tasks of one trial hit the same pauses; many of them are not many independent ones."


def _busy(evidence: Evidence) -> Iterator[Threat]:
    before = evidence.load_before
    if before is not None and before > 1:
        yield "Busy machine", f"the load before the run was {plain(before)}: others were using the machine."


def _generator(evidence: Evidence) -> Iterator[Threat]:
    busy = [trial.cpu_s.get("generator", 0.0) / trial.measured_s for trial in evidence.trials]
    if max(busy) > 0.5:  # noqa: PLR2004 (half a core)
        yield (
            "Load generator",
            f"it took up to {percent(max(busy))} of a core that a system with its own clients would have.",
        )


def _faults(evidence: Evidence) -> Iterator[Threat]:
    kinds = sorted({fault.kind for fault in evidence.faults})
    if kinds:
        text = f"only these were tried: {', '.join(kinds)}. A loss rarer than the kills can show would not be seen."
        yield "Faults", text + " The machine itself never lost its power, so the disk's own promises are not tested."


OF_ANY: tuple[Callable[[Evidence], Iterator[Threat]], ...] = (_machine, _virtual, _busy)
OF_TRIALS: tuple[Callable[[Evidence], Iterator[Threat]], ...] = (
    _limited,
    _load,
    _length,
    _spread,
    _generator,
    _faults,
)
