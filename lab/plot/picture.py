"""A finished picture: what a notebook shows, with the words that say what there is to see."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from html import escape
from io import BytesIO

from matplotlib.figure import Figure

DPI = 100


@dataclass(frozen=True)
class Picture:
    """A figure, and its caption, which is also its text for whoever can't see it."""

    figure: Figure
    caption: str

    def png(self) -> bytes:
        """Draw it."""
        file = BytesIO()
        self.figure.savefig(file, format="png", dpi=DPI)
        return file.getvalue()

    def _repr_html_(self) -> str:
        data, words = base64.b64encode(self.png()).decode(), escape(self.caption, quote=True)
        return (
            f'<figure style="margin:0"><img alt="{words}" style="max-width:100%" src="data:image/png;base64,{data}">'
            f'<figcaption style="font-size:1.05em;max-width:60em">{words}</figcaption></figure>'
        )
