"""Compiled: SMEM's read port: cycles of passes, bits they ask, the next preload (rules 8 and 24)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from accel_sim.kernels.jit import kernel
from accel_sim.kernels.timeline.rounding import ceil_div
from workloads.kernels.types import Ints, Records, record_of


class PassTables(NamedTuple):
    """What passes ask for and how long they work, for each variant of the output tile."""

    variant: Ints  # [output tiles along n], the row of the tables that each has
    slots: Ints  # [variants, passes], cycles of work if no bank of SMEM were asked twice
    work: Ints  # [variants, passes], cycles
    stream_bits: Ints  # [variants, passes]
    preload_bits: Ints  # [variants, passes], or [1, passes] where it is the same for all
    ramps: Ints  # [passes + 1], running sum of the cycles that each takes beyond its work


# Running sums of passes within their m tile.
PASS_SUM = record_of(
    "cycles",
    "cycles_by_port",  # if no bank of SMEM were asked twice
    "slots",
)


@kernel
def working_cycles(work: int, stream_bits: int, port_bits: int) -> int:
    """D of rule 8: cycles of a pass for which the array works and its stream is asked for."""
    return max(work, ceil_div(stream_bits, port_bits))


@kernel
def pass_cycles(work: int, stream_bits: int, next_bits: int, port_bits: int, ramp: int) -> int:
    """Cycles of a pass that is followed by one whose preload is ``next_bits`` (rule 8)."""
    working = working_cycles(work, stream_bits, port_bits)
    return max(working + ramp, ceil_div(stream_bits + next_bits, port_bits))


@kernel
def sum_passes(tables: PassTables, first: Ints, port_bits: int) -> Records:
    """Running sums of passes and their cycles, for each variant of the output tile.

    The last pass of an m tile is counted without the preload of the next: that belongs to the step.

    Args:
        first: int64 [m tiles + 1], a tile's first pass.

    Returns:
        [variants, passes + 1] of :data:`PASS_SUM`.
    """
    slots, work, ramps = tables.slots, tables.work, tables.ramps
    variants, count = work.shape
    sums = np.zeros((variants, count + 1), PASS_SUM)
    for v in range(variants):
        preload = tables.preload_bits[v if tables.preload_bits.shape[0] > 1 else 0]
        for tile in range(first.shape[0] - 1):
            for p in range(first[tile], first[tile + 1]):
                following = preload[p + 1] if p + 1 < first[tile + 1] else 0
                bits, ramp = tables.stream_bits[v, p], ramps[p + 1] - ramps[p]
                taken = pass_cycles(work[v, p], bits, following, port_bits, ramp)
                by_port = taken
                if work[v, p] != slots[v, p]:
                    by_port = pass_cycles(slots[v, p], bits, following, port_bits, ramp)
                before, after = sums[v, p], sums[v, p + 1]
                after.cycles = before.cycles + taken
                after.cycles_by_port = before.cycles_by_port + by_port
                after.slots = before.slots + slots[v, p]
    return sums


@kernel
def asked_bits(cycles: int, stream_bits: int, working: int) -> int:
    """Bits of its stream that a pass asked for in its first ``cycles`` of ``working`` cycles (rule 8)."""
    each, rest = stream_bits // working, stream_bits % working
    high, low = (cycles >> 20) * rest, (cycles & (2**20 - 1)) * rest
    return cycles * each + ((high // working) << 20) + (((high % working) << 20) + low) // working


@kernel
def preload_ready(
    start: int, work: int, stream_bits: int, ramp: int, next_bits: int, arrival: int, port_bits: int
) -> int:
    """When the preload of the next step's first pass is beside the multipliers (rule 24).

    The pass that began at ``start`` has the port first; the preload takes what it leaves from
    ``arrival`` on (when it is in SMEM), and all of it once its stream is through.
    """
    working = working_cycles(work, stream_bits, port_bits)
    end = start + working + ramp
    if next_bits == 0:
        return max(end, arrival)
    if arrival >= end:
        return arrival + ceil_div(next_bits, port_bits)
    since = max(0, arrival - start)
    owed = 0
    if since < working:
        owed = stream_bits - asked_bits(since, stream_bits, working)
    return end + max(0, ceil_div(next_bits + owed, port_bits) - (working + ramp - since))
