"""The compiled engine's table of begins and ends, and the same as spans by name."""

from __future__ import annotations

import numpy as np

from accel_sim.architectures.contract import Ints
from accel_sim.kernels.timeline.play import (
    END,
    LOAD,
    LOADED,
    START,
    STORE,
    STORED,
    TRACE_FIELDS,
    WRITE_BACK,
    WRITTEN,
)
from accel_sim.reference.timeline.spans import Spans
from accel_sim.trace.plan import Plan

STEP_COLUMNS = {"step": (START, END), "load": (LOAD, LOADED)}  # of a trace of the compiled engine
TILE_COLUMNS = {"write-back": (WRITE_BACK, WRITTEN), "store": (STORE, STORED)}


def spans_of(table: Ints) -> Spans:
    """The spans of a trace, int64 [steps, TRACE_FIELDS]; steps without a load or a store have none."""
    spans: Spans = {}
    tile = 0
    for s, row in enumerate(table.tolist()):
        for what, (begin, end) in STEP_COLUMNS.items():
            if what == "step" or row[end]:
                spans[what, s] = row[begin], row[end]
        if row[STORED]:
            for what, (begin, end) in TILE_COLUMNS.items():
                spans[what, tile] = row[begin], row[end]
            tile += 1
    return spans


def table_of(spans: Spans, plan: Plan) -> Ints:
    """The reference's spans as the compiled engine writes them: int64 [steps, TRACE_FIELDS].

    Spans of steps or output tiles that the plan does not have are left out.
    """
    table = np.zeros((plan.count, TRACE_FIELDS), np.int64)
    closing = np.flatnonzero(plan.closes)
    for (what, index), (begin, end) in spans.items():
        rows = closing if what in TILE_COLUMNS else range(plan.count)
        if index < len(rows):
            first, last = (STEP_COLUMNS | TILE_COLUMNS)[what]
            table[rows[index], first], table[rows[index], last] = begin, end
    return table
