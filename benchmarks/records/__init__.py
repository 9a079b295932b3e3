"""What every measured run leaves behind, and the one form it has for the engine, the reports and the lessons.

folder.py    a result folder: who lies where in it, read and written
records.py   one line of each kind of record
"""

from benchmarks.records.folder import ResultFolder, UnreadableResults
from benchmarks.records.records import (
    AttemptRecord,
    FaultRecord,
    Record,
    RequestRecord,
    SampleRecord,
    TaskRecord,
    TrialRecord,
)

__all__ = [
    "AttemptRecord",
    "FaultRecord",
    "Record",
    "RequestRecord",
    "ResultFolder",
    "SampleRecord",
    "TaskRecord",
    "TrialRecord",
    "UnreadableResults",
]
