"""DRAM, SMEM and the array in time: double-buffered recurrences over the steps (rules 20 to 29)."""

from __future__ import annotations

import numpy as np

from accel_sim import counters as c
from accel_sim.kernels.jit import kernel
from accel_sim.kernels.plan import CLOSES, COLUMNS, FIRST_PASS, LAST_PASS, OPENS, ROWS


@kernel
def _ceil(a, b):
    return -(-a // b)


@kernel
def stream_cycles(columns, column_bits, next_bits, port_bits):
    """Cycles of a pass (rule 8): a column each, unless the port needs longer for all its bytes.

    Those are the activations of its columns and the weights of the pass that follows.
    """
    return max(columns, _ceil(columns * column_bits + next_bits, port_bits))


@kernel
def weights_ready(start, columns, column_bits, next_bits, arrival, port_bits):
    """When the weights of the next step's first pass are beside the multipliers (rule 24).

    The pass that began at ``start`` has the port first; the weights take what it leaves from
    ``arrival`` on (when they are in SMEM), and all of it after its last column.
    """
    end = start + max(columns, _ceil(columns * column_bits, port_bits))
    if next_bits == 0:
        return max(end, arrival)
    if arrival >= end:
        return arrival + _ceil(next_bits, port_bits)
    if column_bits <= port_bits:
        spare = (end - max(start, arrival)) * (port_bits - column_bits)
    else:
        spare = (end - start) * port_bits - columns * column_bits  # left in its last cycle
    return end + _ceil(max(0, next_bits - spare), port_bits)


@kernel
def sum_passes(activations, weight_bits, columns, activation_bits, port_bits, first):
    """Running sum of the cycles of passes within their m tile: int64 [passes + 1].

    The last pass of a tile is counted without the weights of the next: that belongs to the step.
    """
    count = activations.shape[0]
    total = np.zeros(count + 1, np.int64)
    tile = 0
    for p in range(count):
        while p >= first[tile + 1]:
            tile += 1
        following = weight_bits[p + 1] if p + 1 < first[tile + 1] else 0
        total[p + 1] = total[p] + stream_cycles(
            columns, activations[p] * activation_bits, following, port_bits
        )
    return total


@kernel
def run_steps(
    steps, load_bytes, pass_columns, pass_sums, activations, weight_bits, machine, output_bytes, trace, out
):
    """Play the steps; add cycles and stalls to ``out``.

    Args:
        pass_columns: int64 [2], the two widths that output tiles have.
        pass_sums: int64 [2, passes + 1], :func:`sum_passes` for each.
        machine: port bits, activation bits, DRAM bytes a cycle, DRAM latency, SMEM write bytes a
            cycle, pipeline cycles, RF buffers.
        output_bytes: of one output in SMEM and DRAM, and the DRAM burst.
        trace: int64 [steps, 6] or [0, 6]: start and end of load, of compute and of store.
    """
    port_bits, activation_bits, dram_rate, dram_latency, write_rate, pipeline, rf_buffers = machine
    count = steps.shape[0]
    dram_free = np.int64(0)
    compute_end = np.zeros(count, np.int64)
    drain_end = np.zeros(count + 2, np.int64)  # by output tile
    store_end = np.zeros(count + 2, np.int64)
    tile_of = np.full(count, -1, np.int64)  # output tile that a step closes
    tile = 0
    last_start, last_columns, last_bits = np.int64(0), np.int64(0), np.int64(0)
    end, arrival = np.int64(0), np.int64(0)
    for s in range(count + 2):
        freed = compute_end[s - 2] if s >= 2 else np.int64(0)
        if s < count and load_bytes[s] > 0:  # rule 20
            begin = max(dram_free, freed)
            dram_free = begin + _ceil(load_bytes[s], dram_rate)
            arrival = dram_free + dram_latency
            if trace.shape[0]:
                trace[s, 0], trace[s, 1] = begin, arrival
        else:
            arrival = max(arrival, freed)
        if s >= 2 and tile_of[s - 2] >= 0:  # rule 21
            u = tile_of[s - 2]
            size = steps[s - 2, ROWS] * steps[s - 2, COLUMNS] * output_bytes[0]
            begin = max(dram_free, drain_end[u])
            dram_free = begin + _ceil(_ceil(size, output_bytes[1]) * output_bytes[1], dram_rate)
            store_end[u] = dram_free
            end = max(end, dram_free)
            if trace.shape[0]:
                trace[s - 2, 4], trace[s - 2, 5] = begin, dram_free
        if s >= count:
            continue
        before = compute_end[s - 1] if s else np.int64(0)
        p, stop, columns = steps[s, FIRST_PASS], steps[s, LAST_PASS], steps[s, COLUMNS]
        first_bits = weight_bits[p] if stop > p else np.int64(0)
        if last_columns:
            loaded = weights_ready(last_start, last_columns, last_bits, first_bits, arrival, port_bits)
        else:
            loaded = arrival + _ceil(first_bits, port_bits)
        free = drain_end[tile - rf_buffers] if steps[s, OPENS] and tile >= rf_buffers else 0
        start = max(before, loaded, free)  # rules 22 to 25
        if s == 0:
            out[c.STALL_FILL_DRAIN] += start
        else:
            arrived = max(before, arrival)
            ready = max(arrived, free)  # but for its first weights
            out[c.STALL_DRAM] += arrived - before
            out[c.STALL_WRITEBACK] += ready - arrived
            if arrival >= before or not last_columns:  # no pass could hide them
                out[c.STALL_FILL_DRAIN] += start - ready
            else:
                out[c.STALL_SMEM] += start - ready
        if stop > p:
            which = 0 if columns == pass_columns[0] else 1
            body = pass_sums[which, stop - 1] - pass_sums[which, p]
            last_bits = activations[stop - 1] * activation_bits
            tail = max(columns, _ceil(columns * last_bits, port_bits))
            last_start, last_columns = start + body, columns
            compute_end[s] = last_start + tail
            out[c.STALL_SMEM] += body + tail - (stop - p) * columns
        else:
            last_columns = 0
            compute_end[s] = start
        if trace.shape[0]:
            trace[s, 2], trace[s, 3] = start, compute_end[s]
        if steps[s, CLOSES]:  # rules 26 to 28
            size = steps[s, ROWS] * columns * output_bytes[0]
            begin = compute_end[s] + pipeline
            if tile >= 1:
                begin = max(begin, drain_end[tile - 1])
            if tile >= 2:
                begin = max(begin, store_end[tile - 2])
            drain_end[tile] = begin + _ceil(size, write_rate)
            tile_of[s] = tile
            tile += 1
    out[c.CYCLES] += end
    out[c.STALL_FILL_DRAIN] += end - compute_end[count - 1]
