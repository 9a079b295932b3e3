"""The report as Markdown: the same words and tables, the plots as files beside it and in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from benchmarks.report.blocks import Block, Bullets, Cell, Code, Figures, Page, Plot, Section, Status, Table, Text

FOLDER = "plots"
SPECIAL = re.compile(r"([\\`*\[\]|])")


def markdown(page: Page) -> str:
    """Write the page."""
    parts = [f"# {escaped(page.title)}", f"**{page.verdict.sign} {escaped(page.verdict_words)}**"]
    parts += [part for section in page.sections for part in _section(section)]
    if page.left_out:
        parts.append(f"Left out, as the run has no records for them: {escaped('; '.join(page.left_out))}.")
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """Take from a text what Markdown or HTML would take for more than text."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return SPECIAL.sub(r"\\\1", text).replace("\r", " ").replace("\n", " ")


def _section(section: Section) -> Iterator[str]:
    yield f"## {section.number}. {escaped(section.title)}"
    for block in section.blocks:
        yield _block(block)


def _block(block: Block) -> str:
    match block:
        case Text():
            return (f"**{escaped(block.strong)}:** " if block.strong else "") + escaped(block.text)
        case Figures():
            return "\n".join(f"- {escaped(what)}: **{escaped(much)}** {escaped(of)}" for what, much, of in block.items)
        case Bullets():
            return "\n".join(f"- **{escaped(strong)}**: {escaped(text)}" for strong, text in block.items)
        case Code():
            fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", block.text)), 3)
            return f"{fence}\n{block.text}\n{fence}"
        case Table():
            return _table(block)
        case Plot():
            words = escaped(block.words)
            return f"![{escaped(block.caption)}]({FOLDER}/{block.name}.svg)\n\n*{escaped(block.caption)}.* {words}"


def _table(table: Table) -> str:
    rules = [" ---: " if numeric else " --- " for numeric in table.numeric]
    lines = [_row(table.names), f"|{'|'.join(rules)}|", *map(_row, table.rows)]
    return f"*{escaped(table.caption)}*\n\n" + "\n".join(lines)


def _row(cells: Sequence[Cell]) -> str:
    words = (f"{cell.sign} {cell}" if isinstance(cell, Status) else escaped(cell) for cell in cells)
    return f"| {' | '.join(words)} |"
