"""Many seeds: played in several processes, judged, counted; what fails is named with the command that replays it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass

from benchmarks.simulation.judges import judge
from benchmarks.simulation.play import play
from benchmarks.simulation.variants import ALL

CHUNK = 100  # seeds


@dataclass(frozen=True, slots=True)
class Failure:
    """A seed that broke a promise."""

    seed: int
    variant: str
    findings: tuple[str, ...]

    def __str__(self) -> str:
        lines = [f"seed {self.seed} breaks a promise; replay it with: {replay(self.seed, self.variant)}"]
        return "\n  ".join([*lines, *self.findings])


def replay(seed: int, variant: str) -> str:
    """Return the command that plays one seed and shows its log."""
    return f"python -m benchmarks.simulation --seed {seed}" + (f" --variant {variant}" if variant != "right" else "")


def failures(seeds: Sequence[int], variant: str = "right") -> Iterator[Failure]:
    """Play seeds one after another, and give those that fail."""
    for seed in seeds:
        findings = judge(play(seed, ALL[variant]))
        if findings:
            yield Failure(seed, variant, tuple(findings))


def search(seeds: Sequence[int], variant: str, *, jobs: int, progress: Callable[[int], object]) -> Iterator[Failure]:
    """Do the same in `jobs` processes at once; `progress` is told how many more are done."""
    chunks = [seeds[at : at + CHUNK] for at in range(0, len(seeds), CHUNK)]
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        waiting = {pool.submit(_failures, chunk, variant): len(chunk) for chunk in chunks}
        for done in as_completed(waiting):
            progress(waiting[done])
            yield from done.result()


def _failures(seeds: Sequence[int], variant: str) -> list[Failure]:
    return list(failures(seeds, variant))
