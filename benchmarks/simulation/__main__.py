"""Play the simulation: one seed with its log, or many.

python -m benchmarks.simulation --seed 7                        what happened, and whether it was right
python -m benchmarks.simulation --seeds 0..9999                 many, in all cores; exit code 1 where one fails
python -m benchmarks.simulation --seeds 0..999 --variant deaf   with a mistake that must be found
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from itertools import islice

from rich.console import Console
from rich.progress import Progress

from benchmarks.simulation.judges import judge
from benchmarks.simulation.log import log
from benchmarks.simulation.many import Failure, search
from benchmarks.simulation.play import play
from benchmarks.simulation.variants import ALL

SHOWN = 5  # failures


def main(arguments: Sequence[str] | None = None) -> int:
    """Play what is asked for; returns 1 where a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulation", description="Play the simulation.")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--seed", type=int, help="play one seed and print its log")
    which.add_argument("--seeds", type=_seeds, metavar="FIRST..LAST", help="play many")
    parser.add_argument("--variant", choices=ALL, default="right", help="what to play (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)")
    options = parser.parse_args(arguments)
    if options.seeds is None:
        return _one(options.seed, options.variant)
    return _many(options.seeds, options.variant, options.jobs)


def _one(seed: int, variant: str) -> int:
    evidence = play(seed, ALL[variant])
    sys.stdout.buffer.write(log(evidence))
    findings = judge(evidence)
    for finding in findings:
        print(f"BROKEN  {finding}")
    print(f"seed {seed}: {'broken' if findings else 'all promises held'}")
    return 1 if findings else 0


def _many(seeds: range, variant: str, jobs: int) -> int:
    begin = time.monotonic()
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("seeds", total=len(seeds))
        found = list(search(seeds, variant, jobs=jobs, progress=lambda done: bar.advance(task, done)))
    for failure in islice(sorted(found, key=_seed), SHOWN):
        print(failure)
    seconds = time.monotonic() - begin
    rate = f"{len(seeds) / seconds:,.0f}/s, {jobs} processes"
    print(f"{len(seeds):,} seeds in {seconds:.0f} s ({rate}): {len(found)} broken")
    return 1 if found else 0


def _seed(failure: Failure) -> int:
    return failure.seed


def _seeds(text: str) -> range:
    first, _, last = text.partition("..")
    return range(int(first), int(last) + 1)


if __name__ == "__main__":
    sys.exit(main())
