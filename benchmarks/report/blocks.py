"""What a report is made of, without markup: both files, HTML and Markdown, are written from these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from matplotlib.figure import Figure


class Status(StrEnum):
    """How a gate came out."""

    PASS = "pass"  # noqa: S105 (no password)
    WARN = "warn"
    FAIL = "fail"

    @property
    def sign(self) -> str:
        """A sign beside the word, for those who see no colours."""
        return {Status.PASS: "✓", Status.WARN: "!", Status.FAIL: "✗"}[self]


Cell = str | Status


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; `strong` is its first words, set bold."""

    text: str
    strong: str = ""
    kind: ClassVar[str] = "text"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list, each item with a few words in bold before it."""

    items: Sequence[tuple[str, str]]
    kind: ClassVar[str] = "bullets"


@dataclass(frozen=True, slots=True)
class Figures:
    """The few numbers to take home: what, how much, of what."""

    items: Sequence[tuple[str, str, str]]
    kind: ClassVar[str] = "figures"


@dataclass(frozen=True, slots=True)
class Code:
    """Lines for a shell."""

    text: str
    kind: ClassVar[str] = "code"


@dataclass(frozen=True, slots=True)
class Table:
    """A table; a column whose name begins with `#` holds numbers and is set to the right (the sign is not shown)."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    kind: ClassVar[str] = "table"

    @property
    def names(self) -> list[str]:
        """The columns' names as they are shown."""
        return [column.removeprefix("#") for column in self.columns]

    @property
    def numeric(self) -> list[bool]:
        """Which columns hold numbers."""
        return [column.startswith("#") for column in self.columns]


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure. `name` is unique in the report; `words` say what is to be seen to those who can't see it."""

    name: str
    caption: str
    words: str
    figure: Figure
    kind: ClassVar[str] = "plot"


Block = Text | Bullets | Figures | Code | Table | Plot


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered part of the report."""

    number: int
    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)

    @property
    def anchor(self) -> str:
        """What a link to it names."""
        return f"section-{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole report."""

    title: str
    verdict: Status
    verdict_words: str
    sections: Sequence[Section]
    left_out: Sequence[str]
    """Titles of sections for which the run has no records."""
