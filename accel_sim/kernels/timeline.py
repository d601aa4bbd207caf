"""DRAM, SMEM and the array in time: double-buffered recurrences over the steps (rules 20 to 29)."""

from __future__ import annotations

import numpy as np

from accel_sim import counters as c
from accel_sim.kernels.channel import BURST_BYTES, move
from accel_sim.kernels.dram_state import ACTIVATED
from accel_sim.kernels.jit import kernel
from accel_sim.kernels.plan import CLOSES, COLUMNS, FIRST_PASS, LAST_PASS, OPENS, ROWS
from accel_sim.kernels.port import ceil_div, pass_cycles, weights_ready

# Columns of a trace: begin and end of a step's load, of its passes, and of the store and the write-back
# of the output tile that it closes.
LOAD, LOADED, START, END, STORE, STORED, WRITE_BACK, WRITTEN = range(8)
TRACE_FIELDS = 8


@kernel
def run_steps(
    steps,
    loads,
    output_address,
    pass_columns,
    pass_sums,
    activations,
    weight_bits,
    bank_rows,
    machine,
    channel,
    device,
    state,
    trace,
    out,
):
    """Play the steps; add cycles and stalls to ``out``.

    Args:
        loads: int64 [steps, 2, 2], first burst and bursts of weights and of ifmap that each step loads.
        output_address: the first burst of the outputs.
        pass_columns: int64 [2], the two widths that output tiles have.
        pass_sums: int64 [2, 2, passes + 1], :func:`accel_sim.kernels.port.sum_passes` for each.
        machine: port bits, activation bits, SMEM write bytes a cycle, pipeline cycles, RF buffers, bytes
            of an output, whether fill and drain are hidden, ramp of a pass.
        channel, device, state: as :func:`accel_sim.kernels.channel.move` takes them.
        trace: int64 [steps, TRACE_FIELDS] or [0, TRACE_FIELDS].
    """
    port_bits, activation_bits, write_rate, pipeline, rf_buffers, word, hidden, ramp = machine
    count = steps.shape[0]
    store = np.zeros((1, 2), np.int64)
    store[0, 0] = output_address
    most = np.int64(0)  # bursts of the largest transfer
    if device.shape[0]:
        for s in range(count):
            outputs = ceil_div(steps[s, ROWS] * steps[s, COLUMNS] * word, channel[BURST_BYTES])
            most = max(most, outputs, loads[s, 0, 1] + loads[s, 1, 1])
    requests, finish = np.empty(most, np.int64), np.empty(most, np.int64)
    channel_free = np.int64(0)
    compute_end = np.zeros(count, np.int64)
    drain_end = np.zeros(count + 2, np.int64)  # by output tile
    store_end = np.zeros(count + 2, np.int64)
    tile_of = np.full(count, -1, np.int64)  # output tile that a step closes
    tile = 0
    last_start, last_columns, last_bits, last_rows = np.int64(0), np.int64(0), np.int64(0), np.int64(1)
    end, arrival = np.int64(0), np.int64(0)
    for s in range(count + 2):
        freed = compute_end[s - 2] if s >= 2 else np.int64(0)
        if s < count and loads[s, 0, 1] + loads[s, 1, 1] > 0 and not (hidden and s == 0):  # rule 20
            begin, channel_free, arrival = move(
                channel, device, state, requests, finish, loads[s], False, freed, channel_free
            )
            if trace.shape[0]:
                trace[s, LOAD], trace[s, LOADED] = begin, arrival
        else:
            arrival = max(arrival, freed)
        if s >= 2 and tile_of[s - 2] >= 0:  # rule 21
            u = tile_of[s - 2]
            size = steps[s - 2, ROWS] * steps[s - 2, COLUMNS] * word
            store[0, 1] = ceil_div(size, channel[BURST_BYTES])
            begin, channel_free, store_end[u] = move(
                channel, device, state, requests, finish, store, True, drain_end[u], channel_free
            )
            store[0, 0] += store[0, 1]
            end = max(end, store_end[u])
            if trace.shape[0]:
                trace[s - 2, STORE], trace[s - 2, STORED] = begin, store_end[u]
        if s >= count:
            continue
        before = compute_end[s - 1] if s else np.int64(0)
        p, stop, columns = steps[s, FIRST_PASS], steps[s, LAST_PASS], steps[s, COLUMNS]
        first_bits = weight_bits[p] if stop > p else np.int64(0)
        if last_columns:
            loaded = weights_ready(
                last_start, last_columns, last_bits, last_rows, ramp, first_bits, arrival, port_bits
            )
        elif hidden and s == 0:
            loaded = np.int64(0)  # rule 29a
        else:
            loaded = arrival + ceil_div(first_bits, port_bits)
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
            sums = pass_sums[0 if columns == pass_columns[0] else 1]
            body = sums[0, stop - 1] - sums[0, p]
            last_bits, last_rows = activations[stop - 1] * activation_bits, bank_rows[stop - 1]
            by_port = pass_cycles(columns, last_bits, 1, 0, port_bits, ramp)
            tail = pass_cycles(columns, last_bits, last_rows, 0, port_bits, ramp)
            last_start, last_columns = start + body, columns
            compute_end[s] = last_start + tail
            by_port += sums[1, stop - 1] - sums[1, p]
            out[c.STALL_FILL_DRAIN] += (stop - p) * ramp
            out[c.STALL_SMEM] += by_port - (stop - p) * (columns + ramp)
            out[c.STALL_BANK] += body + tail - by_port
        else:
            last_columns = 0
            compute_end[s] = start
        if trace.shape[0]:
            trace[s, START], trace[s, END] = start, compute_end[s]
        if steps[s, CLOSES]:  # rules 26 to 28
            size = steps[s, ROWS] * columns * word
            begin = compute_end[s] + pipeline
            if tile >= 1:
                begin = max(begin, drain_end[tile - 1])
            if tile >= 2:
                begin = max(begin, store_end[tile - 2])
            drain_end[tile] = begin + ceil_div(size, write_rate)
            if trace.shape[0]:
                trace[s, WRITE_BACK], trace[s, WRITTEN] = begin, drain_end[tile]
            tile_of[s] = tile
            tile += 1
    if state.shape[0]:
        out[c.DRAM_ACTIVATES] += state[ACTIVATED]
    if hidden:
        end = compute_end[count - 1]
    out[c.CYCLES] += end
    out[c.STALL_FILL_DRAIN] += end - compute_end[count - 1]
