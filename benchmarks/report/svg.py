"""A matplotlib figure as SVG to be set into a page: text stays text, colours follow the page, ids are its own."""

from __future__ import annotations

import re
from html import escape
from io import StringIO
from threading import Lock

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from benchmarks.report.plots import style

NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}
FONTS = re.compile(r"'DejaVu Sans'[^;\"]*sans-serif")
IDS = re.compile(r'(\bid="|href="#|url\(#)')
VARIABLES = {
    style.INK: "ink",
    style.QUIET: "quiet",
    style.RULE: "rule",
    style.BLUE: "blue",
    style.VERMILION: "vermilion",
    style.GREEN: "green",
    style.PURPLE: "purple",
    style.SKY: "sky",
    style.AMBER: "amber",
}
"""Colours -> the variables of style.css that stand for them, in light and in dark."""

_settings = Lock()  # matplotlib keeps its settings for a whole process


def picture(figure: Figure, name: str, *, paper: bool = False) -> str:
    """Return an SVG file; the same figure and name make the same bytes. `paper`: on white, to be seen by itself."""
    out = StringIO()
    figure.patch.set(alpha=1.0 if paper else 0.0, facecolor="white")
    with _settings, mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        FigureCanvasSVG(figure).print_svg(out, metadata=NO_METADATA)  # type: ignore[no-untyped-call]
    text = out.getvalue()
    return FONTS.sub("system-ui, sans-serif", text[text.index("<svg") :])


def inline(figure: Figure, name: str, title: str, words: str) -> str:
    """Return it for a page: with a name and a description, without a size of its own, in the page's colours."""
    text = IDS.sub(rf"\g<1>{name}-", picture(figure, name))
    for colour, variable in VARIABLES.items():
        text = text.replace(colour, f"var(--{variable})")
    view = re.search(r'viewBox="[^"]+"', text)
    inside = text[text.index(">") + 1 :]
    head = f'<svg role="img" aria-labelledby="{name}-title {name}-words" {view[0] if view else ""} '
    head += 'xmlns:xlink="http://www.w3.org/1999/xlink">'
    return (
        f'{head}<title id="{name}-title">{escape(title)}</title><desc id="{name}-words">{escape(words)}</desc>{inside}'
    )
