"""All sections in order, and the page around them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from benchmarks.report.blocks import Block, Page, Section
from benchmarks.report.evidence import Evidence
from benchmarks.report.gates import gates, worst
from benchmarks.report.sections.baseline import against
from benchmarks.report.sections.course import course
from benchmarks.report.sections.crashes import crashes
from benchmarks.report.sections.environment import environment
from benchmarks.report.sections.latency import latency
from benchmarks.report.sections.method import method
from benchmarks.report.sections.peers import peers
from benchmarks.report.sections.raw import raw
from benchmarks.report.sections.reproduce import reproduce
from benchmarks.report.sections.resources import resources
from benchmarks.report.sections.scaling import scaling
from benchmarks.report.sections.summary import summary, verdict
from benchmarks.report.sections.threats import threats
from benchmarks.report.sections.validity import validity

Builder = Callable[[Evidence], Iterator[Block]]
OF_ANY: tuple[Builder, ...] = (summary, reproduce, environment, peers, threats, raw)
"""What can be told of a run without trials, of other queues alone."""


def page(evidence: Evidence, baseline: Evidence | None = None) -> Page:
    """Build the page; a section that has nothing to show is named at the end."""
    builders: list[tuple[str, Builder]] = [
        ("Question, answer, verdict", summary),
        ("Run it again", reproduce),
        ("Environment", environment),
        ("Method", method),
        ("Validity", validity),
        ("Throughput and scaling", scaling),
        ("Latency", latency),
        ("Over time", course),
        ("Processor, memory, Redis commands", resources),
        ("Crashes", crashes),
        ("Against a baseline", lambda mine: against(mine, baseline)),
        ("Other queues", peers),
        ("Threats to validity", threats),
        ("Raw data", raw),
    ]
    built = [
        Section(number, title, tuple(build(evidence)) if evidence.trials or build in OF_ANY else ())
        for number, (title, build) in enumerate(builders, 1)
    ]
    found = gates(evidence)
    return Page(
        title=evidence.title,
        verdict=worst(found),
        verdict_words=verdict(found).capitalize(),
        sections=[section for section in built if section.blocks],
        left_out=[f"{section.number} {section.title}" for section in built if not section.blocks],
    )
