"""The checker: a history goes in; whether a task was lost, ended twice or ran twice without a cause comes out."""

from __future__ import annotations

from benchmarks.checker.check import check
from benchmarks.checker.events import refusals
from benchmarks.checker.history import (
    REDIS,
    Answer,
    End,
    Fault,
    FaultKind,
    History,
    Operation,
    Outcome,
    Refusal,
    Run,
)
from benchmarks.checker.journal import from_journal, journaled
from benchmarks.checker.lines import UnreadableHistory, read, write
from benchmarks.checker.render import table
from benchmarks.checker.report import Duplicate, Report, Takeover, Verdict
from benchmarks.checker.sql import from_sql

__all__ = [
    "REDIS",
    "Answer",
    "Duplicate",
    "End",
    "Fault",
    "FaultKind",
    "History",
    "Operation",
    "Outcome",
    "Refusal",
    "Report",
    "Run",
    "Takeover",
    "UnreadableHistory",
    "Verdict",
    "check",
    "from_journal",
    "from_sql",
    "journaled",
    "read",
    "refusals",
    "table",
    "write",
]
