"""Fault marks over a time axis: a line where something was killed, a band where it lasted."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from benchmarks.records import FaultRecord
from benchmarks.report.plots.style import INK, QUIET

SHORTEST_BAND_S = 0.2  # shorter ones would not be seen as a band


def mark(axes: Sequence[Axes], faults: Sequence[FaultRecord]) -> None:
    """Draw the faults over all axes and name their kinds once each, in the first one's legend."""
    for number, one in enumerate(axes):
        named: set[str] = set()
        for fault in faults:
            name = None if number or fault.kind in named else fault.kind
            named.add(fault.kind)
            if fault.until_s - fault.at_s >= SHORTEST_BAND_S:
                one.axvspan(fault.at_s, fault.until_s, color=QUIET, alpha=0.2, linewidth=0, label=name)
            else:
                one.axvline(fault.at_s, color=INK, linewidth=1.0, linestyle=(0, (1, 1.5)), label=name)
