"""SMEM's read port: how long passes take, and when the next weights are there (rules 8 and 24)."""

from __future__ import annotations

import numpy as np

from accel_sim.kernels.jit import kernel


@kernel
def ceil_div(a, b):
    """A / b, rounded up."""
    return -(-a // b)


@kernel
def pass_cycles(columns, column_bits, bank_rows, next_bits, port_bits, ramp):
    """Cycles of a pass (rule 8): its columns and its ramp, unless the port needs longer for all its bytes.

    Those are the activations of its columns and the weights of the pass that follows.
    """
    served = max(columns * bank_rows, ceil_div(columns * column_bits, port_bits))
    return max(served + ramp, ceil_div(columns * column_bits + next_bits, port_bits))


@kernel
def sum_passes(activations, weight_bits, bank_rows, columns, activation_bits, port_bits, ramp, first):
    """Running sums within their m tile of the cycles of passes, and of those by the port alone.

    The last pass of a tile is counted without the weights of the next: that belongs to the step.

    Returns:
        int64 [2, passes + 1].
    """
    count = activations.shape[0]
    total = np.zeros((2, count + 1), np.int64)
    tile = 0
    for p in range(count):
        while p >= first[tile + 1]:
            tile += 1
        following = weight_bits[p + 1] if p + 1 < first[tile + 1] else 0
        bits = activations[p] * activation_bits
        total[0, p + 1] = total[0, p] + pass_cycles(columns, bits, bank_rows[p], following, port_bits, ramp)
        total[1, p + 1] = total[1, p] + pass_cycles(columns, bits, 1, following, port_bits, ramp)
    return total


@kernel
def spare_bits(start, end, since, columns, column_bits, bank_rows, port_bits):
    """What the columns of a pass, served from ``start`` to ``end``, leave of the port from ``since`` on."""
    if since >= end:
        return 0
    if column_bits > bank_rows * port_bits:
        return (end - start) * port_bits - columns * column_bits  # left in its last cycle
    window, cycle = (since - start) // bank_rows, (since - start) % bank_rows
    in_this = (bank_rows - cycle) * port_bits - max(0, column_bits - cycle * port_bits)
    return in_this + (columns - window - 1) * (bank_rows * port_bits - column_bits)


@kernel
def weights_ready(start, columns, column_bits, bank_rows, ramp, next_bits, arrival, port_bits):
    """When the weights of the next step's first pass are beside the multipliers (rule 24).

    The pass that began at ``start`` has the port first; the weights take what it leaves from
    ``arrival`` on (when they are in SMEM), and all of it after its last column.
    """
    served = start + max(columns * bank_rows, ceil_div(columns * column_bits, port_bits))
    end = served + ramp
    if next_bits == 0:
        return max(end, arrival)
    if arrival >= end:
        return arrival + ceil_div(next_bits, port_bits)
    since = max(start, arrival)
    spare = spare_bits(start, served, since, columns, column_bits, bank_rows, port_bits)
    spare += (end - max(since, served)) * port_bits
    return end + ceil_div(max(0, next_bits - spare), port_bits)
