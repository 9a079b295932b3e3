"""Runs the lessons and renders them to HTML that needs no network, with the environment they ran in: `make lessons`."""

from __future__ import annotations

import argparse
import os
import time
from datetime import datetime
from html import escape
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from pygments.formatters import HtmlFormatter
from traitlets.config import Config

from benchmarks.environment import environment
from lab.scale import VARIABLE
from lab.student import NOTEBOOKS, lessons

CELL_SECONDS = 300
LINK = '.ipynb"'
STYLE = Path(__file__).with_name("publish.css")
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{style}</style></head>
<body><main>{body}<footer><h2>This run</h2><table>{facts}</table></footer></main></body></html>
"""


def execute(lesson: Path) -> nbformat.NotebookNode:
    """Run a lesson in a fresh kernel, in the lessons' folder; raises nbclient's CellExecutionError."""
    notebook = nbformat.read(lesson, as_version=4)
    client = NotebookClient(notebook, timeout=CELL_SECONDS, resources={"metadata": {"path": str(lesson.parent)}})
    client.execute()
    return notebook


def longest_cell(notebook: nbformat.NotebookNode) -> float:
    """Return the seconds of the cell that took longest, by the times nbclient leaves in an executed notebook."""
    runs = [cell.metadata.execution for cell in notebook.cells if "execution" in cell.metadata]
    return max(_moment(one["shell.execute_reply"]) - _moment(one["iopub.execute_input"]) for one in runs)


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def render(notebook: nbformat.NotebookNode, title: str, facts: dict[str, str]) -> str:
    """Return an executed notebook as one HTML page."""
    settings = Config()
    settings.HTMLExporter.exclude_input_prompt = settings.HTMLExporter.exclude_output_prompt = True
    settings.HTMLExporter.exclude_anchor_links = True
    body, _ = HTMLExporter(template_name="basic", config=settings).from_notebook_node(notebook)
    rows = "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in facts.items())
    style = STYLE.read_text("utf-8") + HtmlFormatter(style="default").get_style_defs(".highlight")
    return PAGE.format(title=escape(title), style=style, body=body.replace(LINK, '.html"'), facts=rows)


def main() -> None:
    """Run lessons and write their pages into notebooks/html/."""
    parser = argparse.ArgumentParser(prog="python -m lab.publish", description=main.__doc__)
    parser.add_argument("only", nargs="*", help="numbers of lessons, as 00 04; none: all")
    only = tuple(parser.parse_args().only)
    target = NOTEBOOKS / "html"
    target.mkdir(exist_ok=True)
    for lesson in lessons():
        if only and not lesson.stem.startswith(only):
            continue
        facts, begin = environment(), time.monotonic()
        notebook = execute(lesson)
        facts |= {"scale": os.environ.get(VARIABLE, "class"), "took": f"{time.monotonic() - begin:.0f} s"}
        facts["longest cell"] = f"{longest_cell(notebook):.0f} s"
        (target / f"{lesson.stem}.html").write_text(render(notebook, lesson.stem, facts), "utf-8")
        print(f"{lesson.stem}: {facts['took']}, longest cell {facts['longest cell']}", flush=True)  # noqa: T201 (a command)


if __name__ == "__main__":
    main()
