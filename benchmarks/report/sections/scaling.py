"""6: throughput, and how it grows with the number of workers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.analysis.bootstrap import interval
from benchmarks.analysis.efficiency import efficiency
from benchmarks.analysis.noise import threshold
from benchmarks.analysis.usl import TooFewPoints, Usl, fit
from benchmarks.records import TrialRecord
from benchmarks.report.blocks import Block, Plot, Table, Text
from benchmarks.report.evidence import Evidence
from benchmarks.report.numbers import many, percent, plain, span
from benchmarks.report.plots.scaling import scaling as draw

COLUMNS = (
    "point",
    "#workers x tasks at once",
    "tasks",
    "record",
    "#trials",
    "#done, 1/s",
    "95 % interval",
    "checker",
    "limit",
)


def scaling(evidence: Evidence) -> Iterator[Block]:
    """Show each point's throughput; where the number of workers varies alone, also the curve and its law."""
    rows = [_row(point, repeats, evidence.seed) for point, repeats in evidence.points.items()]
    yield Table("Throughput by point: median of the trials", COLUMNS, rows)
    noise = threshold(evidence.all_trials)
    if noise.threshold is not None:
        pairs = f"{noise.pairs} pairs" if noise.pairs > 1 else "one pair"
        yield Text(f"Two equal trials typically lie {percent(noise.threshold)} apart ({pairs} seen, {noise.source}).")
    if curve := evidence.curve:
        yield from _curve(curve, evidence.seed)


def _row(point: str, repeats: Sequence[TrialRecord], seed: int) -> tuple[str, ...]:
    rates = [trial.throughput for trial in repeats]
    found = interval(rates, seed=seed)
    first = repeats[0]
    return (
        point,
        f"{first.workers} x {first.concurrency}",
        first.mix,
        f"{first.database}, {first.accept}",
        str(len(repeats)),
        plain(found.middle),
        span(found.low, found.high),
        ", ".join(sorted({trial.verdict for trial in repeats})),
        "host" if any(trial.host_limited for trial in repeats) else "",
    )


def _curve(curve: dict[int, list[TrialRecord]], seed: int) -> Iterator[Block]:
    trials = [trial for repeats in curve.values() for trial in repeats]
    found = {number: interval([trial.throughput for trial in some], seed=seed) for number, some in curve.items()}
    law, missing = _law(trials, seed)
    words = "; ".join(f"{many(number, 'worker')} {plain(each.middle)}/s" for number, each in found.items())
    yield Plot(
        "scaling",
        "Throughput by number of workers",
        f"Median tasks a second: {words}. The ideal line is the fewest workers' rate in proportion.",
        draw(
            trials,
            intervals={n: (i.low, i.high) for n, i in found.items() if i.low is not None and i.high is not None},
            predict=law.predict if law else None,
            best=law.n_star if law else None,
        ),
    )
    rows = [
        (str(each.workers), plain(each.throughput), plain(each.speed_up), percent(each.efficiency))
        for each in efficiency([trial.workers for trial in trials], [trial.throughput for trial in trials])
    ]
    columns = ("#workers", "#done, 1/s", "#speed-up", "#efficiency")
    yield Table(f"Speed-up and efficiency against {many(min(curve), 'worker')}", columns, rows)
    yield from _parameters(law) if law else [Text(missing)]


def _law(trials: Sequence[TrialRecord], seed: int) -> tuple[Usl | None, str]:
    try:
        return fit([trial.workers for trial in trials], [trial.throughput for trial in trials], seed=seed), ""
    except TooFewPoints as error:
        return None, f"No law of scalability was fitted: {error}."


def _parameters(law: Usl) -> Iterator[Block]:
    found = law.intervals
    rows = (
        ("λ", "rate of one worker, tasks/s", plain(law.lambda_one), found.lambda_one),
        ("α", "contention: the share of work done one at a time", plain(law.alpha), found.alpha),  # noqa: RUF001
        ("β", "coherency: what each pair of workers costs", plain(law.beta), found.beta),
        ("N*", "workers at the peak", plain(law.n_star), found.n_star),
    )
    yield Table(
        "Universal Scalability Law X(N) = λN / (1 + α(N - 1) + βN(N - 1)), fitted to all trials",  # noqa: RUF001
        ("parameter", "meaning", "#value", "95 % interval"),
        [(name, meaning, value, span(each.low, each.high)) for name, meaning, value, each in rows],
    )
    yield Text(f"{law.about_n_star.capitalize()}. R² {law.r_squared:.3f}; any rising curve gets a high one.")
