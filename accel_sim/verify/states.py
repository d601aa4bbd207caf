"""The first cycle in which the two engines are in different states, and both states in words."""

from __future__ import annotations

import numpy as np

from accel_sim import counters as c
from accel_sim.architectures.contract import Ints
from accel_sim.reference.timeline.spans import Spans
from accel_sim.trace.plan import Plan, plan_layer
from accel_sim.trace.stalls import CAUSES, find_waits
from accel_sim.trace.table import table_of
from accel_sim.verify.twins import Twins

WORDS = {"load": "DRAM loads", "store": "DRAM stores", "write-back": "SMEM takes back"}


def first_difference(twins: Twins) -> str:
    """Where the engines part, in one line: the first cycle with both states, if there is such a cycle."""
    fast, stepped = twins.fast_spans, twins.reference.spans
    cycle = first_differing_cycle(fast, stepped)
    if cycle is None:
        return "no cycle differs"
    plan = plan_layer(twins.layer, twins.mapping)
    states = [
        _state(spans, plan, counts, twins, cycle)
        for spans, counts in ((fast, twins.fast), (stepped, twins.reference.counts))
    ]
    return f"first differing cycle {cycle}: compiled: {states[0]}; stepped: {states[1]}"


def first_differing_cycle(fast: Spans, stepped: Spans) -> int | None:
    """The first cycle in which something goes on in one and not in the other; none if there is none."""
    found = []
    for key in fast.keys() | stepped.keys():
        one, other = (spans.get(key, (0, 0)) for spans in (fast, stepped))
        lively = [span for span in (one, other) if span[1] > span[0]]
        if one == other or not lively:
            continue
        same_begin = len(lively) == 2 and one[0] == other[0]
        found.append(min(span[same_begin] for span in lively))
    return min(found, default=None)


def _state(spans: Spans, plan: Plan, counts: Ints, twins: Twins, cycle: int) -> str:
    """What an engine does in a cycle."""
    now = sorted(key for key, (begin, end) in spans.items() if begin <= cycle < end)
    steps = [index for what, index in now if what == "step"]
    parts = [f"array runs step {steps[0]}" if steps else f"array {_idle(spans, plan, counts, twins, cycle)}"]
    return ", ".join(parts + [f"{WORDS[what]} {index}" for what, index in now if what != "step"])


def _idle(spans: Spans, plan: Plan, counts: Ints, twins: Twins, cycle: int) -> str:
    """Why no step runs: the cause under which the cycle is filed (rule 29)."""
    cycles = int(counts[c.at.cycles])
    if cycle >= cycles:
        return "is done"
    buffers = twins.layer.engine.machine.rf.buffers
    waits = find_waits(table_of(spans, plan), plan, buffers, cycles)
    here = np.flatnonzero((waits.begin <= cycle) & (cycle < waits.end))
    return f"waits ({CAUSES[waits.cause[here[0]]]})" if len(here) else "idles"
