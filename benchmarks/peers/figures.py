"""The cells of the table: what each is called, in which unit, and which way is better."""

from __future__ import annotations

from dataclasses import dataclass

NOTHING = "–"  # noqa: RUF001 (a dash, as tables have it)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value of a queue."""

    name: str
    """In the records."""
    heading: str
    """In tables, with the unit."""
    digits: int = 0
    more_is_better: bool = True
    percent: bool = False

    def text(self, value: float | None) -> str:
        """Write a value, a dash where there is none."""
        if value is None:
            return NOTHING
        return f"{100 * value:.0f}" if self.percent else f"{value:,.{self.digits}f}"


FIGURES = (
    Figure("one", "submit one by one /s"),
    Figure("bulk", "bulk /s"),
    Figure("noop_1", "no-ops, W=1 /s"),
    Figure("noop_2", "W=2 /s"),
    Figure("noop_4", "W=4 /s"),
    Figure("io_1", "20 ms I/O, 10 slots, % of the ideal, W=1", percent=True),
    Figure("io_2", "W=2", percent=True),
    Figure("io_4", "W=4", percent=True),
    Figure("start_p50", "start at 200/s, p50 ms", digits=2, more_is_better=False),
    Figure("start_p95", "p95 ms", digits=2, more_is_better=False),
    Figure("start_p99", "p99 ms", digits=2, more_is_better=False),
    Figure("worker_us", "worker CPU µs/task", more_is_better=False),
    Figure("redis_us", "Redis CPU µs/task", more_is_better=False),
    Figure("pss_mb", "PSS MB a worker", more_is_better=False),
    Figure("redis_bytes", "Redis bytes a waiting task", more_is_better=False),
)
BY_NAME = {figure.name: figure for figure in FIGURES}
