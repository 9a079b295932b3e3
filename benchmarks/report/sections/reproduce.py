"""2: how to run it again."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.report.blocks import Block, Code, Table
from benchmarks.report.evidence import Evidence


def reproduce(evidence: Evidence) -> Iterator[Block]:
    """Show the command, the commit and the seed."""
    if command := evidence.run.get("command"):
        yield Code(str(command))
    facts = {
        "commit": evidence.commit,
        "seed": str(evidence.seed),
        "seeds of the trials": ", ".join(dict.fromkeys(str(trial.seed) for trial in evidence.all_trials)),
    }
    rows = [(name, value) for name, value in facts.items() if value]
    yield Table("What decides the run; the scenario lies beside this file", ("what", "value"), rows)
