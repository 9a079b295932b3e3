"""The whole way from a result folder to its report."""

from __future__ import annotations

from pathlib import Path

from benchmarks.records import ResultFolder
from benchmarks.report.blocks import Page, Plot
from benchmarks.report.evidence import Evidence
from benchmarks.report.html import html
from benchmarks.report.markdown import FOLDER, markdown
from benchmarks.report.page import page
from benchmarks.report.svg import picture


def write_report(folder: ResultFolder, baseline: ResultFolder | None = None) -> Path:
    """Write report.html, report.md and its plots into the folder, and return the path of the HTML file.

    The same records make the same bytes. Raises UnreadableResults where there are none.
    """
    built = page(Evidence(folder), Evidence(baseline) if baseline else None)
    path = folder.path / "report.html"
    path.write_text(html(built), "utf-8")
    (folder.path / "report.md").write_text(markdown(built), "utf-8")
    _pictures(built, folder.path / FOLDER)
    return path


def _pictures(built: Page, folder: Path) -> None:
    plots = [block for section in built.sections for block in section.blocks if isinstance(block, Plot)]
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.svg"):
        old.unlink()
    for plot in plots:
        (folder / f"{plot.name}.svg").write_text(picture(plot.figure, plot.name, paper=True), "utf-8")
