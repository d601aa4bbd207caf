"""DRAM, SMEM and the array in time: double-buffered recurrences over the steps (rules 20 to 29)."""

from __future__ import annotations

import numpy as np

from accel_sim.counters import at
from accel_sim.kernels.dram.state import ACTIVATED
from accel_sim.kernels.jit import kernel
from accel_sim.kernels.timeline.plan import CLOSES, COLUMNS, FIRST_PASS, LAST_PASS, OPENS, PLACE, ROWS
from accel_sim.kernels.timeline.port import BY_PORT, SLOTS, TAKEN, ceil_div, pass_cycles, preload_ready
from accel_sim.kernels.timeline.transfer import BURST_BYTES, move

# Columns of a trace: begin and end of a step's load, of its passes, and of the store and the write-back
# of the output tile that it closes.
LOAD, LOADED, START, END, STORE, STORED, WRITE_BACK, WRITTEN = range(8)
TRACE_FIELDS = 8


@kernel
def run_steps(
    steps,
    loads,
    output_address,
    variant,
    pass_sums,
    slots,
    work,
    stream_bits,
    preload_bits,
    ramps,
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
        variant: int64 [output tiles along n], the row of the following tables that each has.
        pass_sums: int64 [variants, SUMS, passes + 1], by :func:`accel_sim.kernels.timeline.port.sum_passes`.
        slots, work, stream_bits, preload_bits: of each pass, as that function takes them.
        ramps: int64 [passes + 1], running sums.
        machine: port bits, SMEM write bytes a cycle, pipeline cycles, RF buffers, bytes of an output,
            whether fill and drain are hidden.
        channel, device, state: as :func:`accel_sim.kernels.timeline.transfer.move` takes them.
        trace: int64 [steps, TRACE_FIELDS] or [0, TRACE_FIELDS].
    """
    port_bits, write_rate, pipeline, rf_buffers, word, hidden = machine
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
    closed = np.zeros(count, np.int64)  # output tiles that are closed after a step that closes one, else 0
    tile = 0
    ran, last_start, last_work, last_bits, last_ramp = (
        False,
        np.int64(0),
        np.int64(0),
        np.int64(0),
        np.int64(0),
    )
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
        if s >= 2 and closed[s - 2]:  # rule 21
            u = closed[s - 2] - 1
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
        v = variant[steps[s, PLACE]]
        first_bits = np.int64(0)
        if stop > p:
            first_bits = preload_bits[v if preload_bits.shape[0] > 1 else 0, p]
        if ran:
            loaded = preload_ready(
                last_start, last_work, last_bits, last_ramp, first_bits, arrival, port_bits
            )
        elif hidden and s == 0:
            loaded = np.int64(0)  # rule 29a
        else:
            loaded = arrival + ceil_div(first_bits, port_bits)
        free = drain_end[tile - rf_buffers] if steps[s, OPENS] and tile >= rf_buffers else 0
        start = max(before, loaded, free)  # rules 22 to 25
        if s == 0:
            out[at.stall_fill_drain_cycles] += start
        else:
            arrived = max(before, arrival)
            ready = max(arrived, free)  # but for its first weights
            out[at.stall_dram_cycles] += arrived - before
            out[at.stall_writeback_cycles] += ready - arrived
            if arrival >= before or not ran:  # no pass could hide it
                out[at.stall_fill_drain_cycles] += start - ready
            else:
                out[at.stall_smem_bandwidth_cycles] += start - ready
        ran = stop > p
        if ran:
            last, taken = stop - 1, pass_sums[v, TAKEN]
            last_start, last_work = start + taken[last] - taken[p], work[v, last]
            last_bits, last_ramp = stream_bits[v, last], ramps[stop] - ramps[last]
            by_port = pass_cycles(slots[v, last], last_bits, 0, port_bits, last_ramp)
            by_port += pass_sums[v, BY_PORT, last] - pass_sums[v, BY_PORT, p]
            compute_end[s] = last_start + pass_cycles(last_work, last_bits, 0, port_bits, last_ramp)
            of_ramps = ramps[stop] - ramps[p]
            out[at.stall_fill_drain_cycles] += of_ramps
            out[at.stall_smem_bandwidth_cycles] += (
                by_port - (pass_sums[v, SLOTS, stop] - pass_sums[v, SLOTS, p]) - of_ramps
            )
            out[at.stall_bank_conflict_cycles] += compute_end[s] - start - by_port
        else:
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
            tile += 1
            closed[s] = tile
    if state.shape[0]:
        out[at.dram_activates] += state[ACTIVATED]
    if hidden:
        end = compute_end[count - 1]
    out[at.cycles] += end
    out[at.stall_fill_drain_cycles] += end - compute_end[count - 1]
