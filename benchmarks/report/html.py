"""The report as one HTML file: styles and plots lie in it, it needs neither network nor script."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from benchmarks.report.blocks import Page, Plot
from benchmarks.report.svg import inline


def html(page: Page) -> str:
    """Write the page; whatever comes from records is escaped."""
    environment = Environment(
        loader=PackageLoader("benchmarks.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["svg"] = _svg
    css = (files("benchmarks.report") / "templates" / "style.css").read_text("utf-8")
    return environment.get_template("report.html").render(page=page, css=Markup(css))  # noqa: S704 (our own file)


def _svg(plot: Plot) -> Markup:
    return Markup(inline(plot.figure, plot.name, plot.caption, plot.words))  # noqa: S704 (matplotlib and svg.py escape)
