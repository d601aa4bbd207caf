"""The compiled engine's table of begins and ends, and the same as spans by name."""

from __future__ import annotations

import numpy as np

from accel_sim.kernels.timeline.play import TRACE
from accel_sim.reference.timeline.spans import Spans
from accel_sim.trace.plan import Plan
from workloads.kernels.types import Records

STEP_COLUMNS = {"step": ("start", "end"), "load": ("load", "loaded")}  # of a trace of the compiled engine
TILE_COLUMNS = {"write-back": ("write_back", "written"), "store": ("store", "stored")}


def spans_of(table: Records) -> Spans:
    """The spans of a compiled engine's table; steps without a load or a store have none.

    Args:
        table: [steps] of :data:`accel_sim.kernels.timeline.play.TRACE`.
    """
    spans: Spans = {}
    tile = 0
    for s, row in enumerate(table):
        for what, (begin, end) in STEP_COLUMNS.items():
            if what == "step" or row[end]:
                spans[what, s] = int(row[begin]), int(row[end])
        if row["stored"]:
            for what, (begin, end) in TILE_COLUMNS.items():
                spans[what, tile] = int(row[begin]), int(row[end])
            tile += 1
    return spans


def table_of(spans: Spans, plan: Plan) -> Records:
    """The reference's spans as the compiled engine writes them.

    Spans of steps or output tiles that the plan does not have are left out.
    """
    table = np.zeros(plan.count, TRACE)
    closing = np.flatnonzero(plan.closes)
    for (what, index), (begin, end) in spans.items():
        rows = closing if what in TILE_COLUMNS else range(plan.count)
        if index < len(rows):
            first, last = (STEP_COLUMNS | TILE_COLUMNS)[what]
            table[first][rows[index]], table[last][rows[index]] = begin, end
    return table
