"""SMEM's read port: how long passes take, and when the next preload is there (rules 8 and 24)."""

from __future__ import annotations

import numpy as np

from accel_sim.kernels.jit import kernel

# Rows of the running sums of passes: cycles, cycles if no bank were asked twice, slots.
TAKEN, BY_PORT, SLOTS = 0, 1, 2
SUMS = 3


@kernel
def ceil_div(a, b):
    """A / b, rounded up."""
    return -(-a // b)


@kernel
def working_cycles(work, stream_bits, port_bits):
    """D of rule 8: cycles for which the array works and its stream is asked for."""
    return max(work, ceil_div(stream_bits, port_bits))


@kernel
def pass_cycles(work, stream_bits, next_bits, port_bits, ramp):
    """Cycles of a pass that is followed by one whose preload is ``next_bits`` (rule 8)."""
    working = working_cycles(work, stream_bits, port_bits)
    return max(working + ramp, ceil_div(stream_bits + next_bits, port_bits))


@kernel
def sum_passes(slots, work, stream_bits, preload_bits, ramps, first, port_bits):
    """Running sums of passes within their m tile, for each variant of the output tile.

    The last pass of an m tile is counted without the preload of the next: that belongs to the step.

    Args:
        slots, work, stream_bits: int64 [variants, passes].
        preload_bits: int64 [variants, passes], or [1, passes] where it is the same for all.
        ramps: int64 [passes + 1], running sums.

    Returns:
        int64 [variants, SUMS, passes + 1].
    """
    variants, count = work.shape
    total = np.zeros((variants, SUMS, count + 1), np.int64)
    for v in range(variants):
        preload = preload_bits[v if preload_bits.shape[0] > 1 else 0]
        for tile in range(first.shape[0] - 1):
            for p in range(first[tile], first[tile + 1]):
                following = preload[p + 1] if p + 1 < first[tile + 1] else 0
                bits, ramp = stream_bits[v, p], ramps[p + 1] - ramps[p]
                taken = pass_cycles(work[v, p], bits, following, port_bits, ramp)
                by_port = taken
                if work[v, p] != slots[v, p]:
                    by_port = pass_cycles(slots[v, p], bits, following, port_bits, ramp)
                total[v, TAKEN, p + 1] = total[v, TAKEN, p] + taken
                total[v, BY_PORT, p + 1] = total[v, BY_PORT, p] + by_port
                total[v, SLOTS, p + 1] = total[v, SLOTS, p] + slots[v, p]
    return total


@kernel
def asked_bits(cycles, stream_bits, working):
    """Bits of its stream that a pass asked for in its first ``cycles`` of ``working`` cycles (rule 8)."""
    each, rest = stream_bits // working, stream_bits % working
    high, low = (cycles >> 20) * rest, (cycles & (2**20 - 1)) * rest
    return cycles * each + ((high // working) << 20) + (((high % working) << 20) + low) // working


@kernel
def preload_ready(start, work, stream_bits, ramp, next_bits, arrival, port_bits):
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
    owed = np.int64(0)
    if since < working:
        owed = stream_bits - asked_bits(since, stream_bits, working)
    return end + max(0, ceil_div(next_bits + owed, port_bits) - (working + ramp - since))
