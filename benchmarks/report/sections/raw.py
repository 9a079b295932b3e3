"""14: the records this report was made from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from benchmarks.records.folder import FILES
from benchmarks.report.blocks import Block, Table
from benchmarks.report.evidence import Evidence
from benchmarks.report.numbers import size

MADE = {"report.html", "report.md", "plots"}
COLUMNS: dict[str, type[Any]] = {name: kind for kind, name in FILES.items()}
ABOUT = {
    "run.json": "command, seed, commit, environment, how it ended",
    "scenario.toml": "what was asked for",
    "histories": "what the checker judged, a folder a trial",
    "peers.json": "the other queues' results",
}


def raw(evidence: Evidence) -> Iterator[Block]:
    """List the files beside this one, their sizes and columns."""
    rows = [
        (path.name + ("/" if path.is_dir() else ""), size(_octets(path)), _columns(path.name))
        for path in sorted(evidence.folder.path.iterdir())
        if path.name not in MADE and _octets(path)
    ]
    yield Table(
        "Raw data beside this file, in JSON lines; a name that ends in _s is in seconds since the warm-up's end",
        ("file", "#size", "columns"),
        rows,
    )


def _octets(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(one.stat().st_size for one in path.rglob("*") if one.is_file())


def _columns(name: str) -> str:
    kind = COLUMNS.get(name)
    return ABOUT.get(name, "") if kind is None else ", ".join(field.name for field in fields(kind))
