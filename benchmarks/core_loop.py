"""The path every task takes, in numbers, on embedded services and this machine: `make bench`.

Each row is measured once; benchmarks/README.md says what the rows leave out and how far to trust them.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

import benchmarks.stamp  # noqa: F401 (registers the task types that are submitted)
import system.workloads  # noqa: F401 (the same)
from benchmarks.accepting import measure_accepting
from benchmarks.environment import environment
from benchmarks.running import measure_running


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="core_loop", description="Measure the path every task takes.")
    parser.add_argument("--tasks", type=int, default=20_000, help="size of each batch of work (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of the steady rate (default %(default)s)")
    options = parser.parse_args()
    console = Console()
    facts = environment()
    with tempfile.TemporaryDirectory(prefix="tasklab-") as folder, console.status("measuring"):
        rows = measure_accepting(Path(folder, "accepting"), options.tasks)
        rows += measure_running(Path(folder, "running"), options.tasks, options.seconds)
    table = Table("what", "measured", "how", title="TaskLab's core loop, measured once")
    table.columns[1].justify = "right"
    for row in rows:
        table.add_row(row.what, row.value, row.how)
    console.print(table)
    for name, value in facts.items():
        console.print(f"{name:>8}  {value}", highlight=False)


if __name__ == "__main__":
    main()
