"""A result folder as a report: one HTML file that needs no network, and the same as Markdown.

write.py      the whole way: records -> sections -> files
evidence.py   a run's records, read once
sections/     one question each; a section for which there are no records is left out
blocks.py     what sections are made of: text, tables, plots; no markup
html.py, markdown.py, svg.py   the blocks as files
plots/        the pictures, also for notebooks
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.records import ResultFolder


def write_report(folder: ResultFolder, baseline: ResultFolder | None = None) -> Path:
    """Write report.html, report.md and its plots into the folder; see write.py."""
    from benchmarks.report.write import write_report as write  # noqa: PLC0415 (matplotlib takes a second to import)

    return write(folder, baseline)
