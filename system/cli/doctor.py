"""`tasklab doctor`: what this machine has, what is missing, what to do about it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from system.cli import show

if TYPE_CHECKING:
    from system.local.machine import Finding

MARKS = {"ok": "[green]ok[/]", "warn": "[yellow]warn[/]", "missing": "[bold red]missing[/]"}


def doctor(*, as_json: show.AsJson = False) -> None:
    """Say what this machine has, what is missing and what to do about it; exit 1 if something needed is missing."""
    from system.local.machine import State, look_around
    from system.wiring import load_settings, look_at_services

    settings = load_settings()
    findings = [
        *look_around(settings.data, own_server=settings.redis_url is None),
        *asyncio.run(look_at_services(settings)),
    ]
    if as_json:
        show.json(
            [{"what": one.what, "state": one.state, "found": one.found, "advice": one.advice} for one in findings]
        )
    else:
        _show(findings)
    if any(one.state is State.MISSING for one in findings):
        raise typer.Exit(1)


def _show(findings: list[Finding]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("", "what", "found", "what to do", box=None, pad_edge=False)
    for one in findings:
        table.add_row(Text.from_markup(MARKS[one.state]), one.what, Text(one.found), Text(one.advice))
    show.console().print(table)
