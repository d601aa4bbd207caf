"""Compiled: the steps played over DRAM, SMEM and the array: cycles and stalls (rules 20 to 29)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from accel_sim.counters import at
from accel_sim.kernels.dram.state import ACTIVATED, new_state
from accel_sim.kernels.jit import kernel
from accel_sim.kernels.timeline.port import PassTables, pass_cycles, preload_ready
from accel_sim.kernels.timeline.rounding import ceil_div
from accel_sim.kernels.timeline.transfer import BankedState, Run, TransferNumbers, largest_transfer, move
from workloads.kernels.types import Ints, Records, record_of

# Begin and end of a step's load, of its passes, and of the store and the write-back of the output tile that
# it closes.
TRACE = record_of("load", "loaded", "start", "end", "store", "stored", "write_back", "written")


class OnChip(NamedTuple):
    """Numbers of what lies between SMEM and the accumulators."""

    port_bits: int  # that SMEM's read port brings in a cycle
    write_bytes: int  # that SMEM takes in a cycle
    pipeline_cycles: int
    rf_buffers: int
    word_bytes: int  # of an output
    hides_fill_drain: bool


class _LastPass(NamedTuple):
    """The pass that ran last."""

    start: int
    work: int
    stream_bits: int
    ramp: int


@kernel
def run_steps(
    steps: Records,
    tables: PassTables,
    sums: Records,
    chip: OnChip,
    transfer: TransferNumbers,
    devices: Records | None,
    trace: Records,
    out: Ints,
) -> None:
    """Play the steps of a layer; add cycles and stalls to ``out``.

    Args:
        steps: [steps], as :data:`accel_sim.kernels.timeline.plan.STEP` says.
        sums: [variants, passes + 1], as :data:`accel_sim.kernels.timeline.port.PASS_SUM` says.
        devices: of a banked DRAM, which is at clock 0, as :func:`move` takes it.
        trace: [steps], as :data:`TRACE` says, filled in; or empty.
        out: int64 [COUNT].
    """
    ramps, port_bits, hidden = tables.ramps, chip.port_bits, chip.hides_fill_drain
    count = steps.shape[0]
    most, state = 0, np.zeros(0, np.int64)
    if devices is not None:
        most, state = largest_transfer(steps, chip.word_bytes, transfer.burst_bytes), new_state(devices)
    banked = BankedState(state, np.empty(most, np.int64), np.empty(most, np.int64))
    output_at = transfer.bursts // 2  # the first burst of the next output tile (rule 20b)
    path_free = 0
    compute_end = np.zeros(count, np.int64)
    drain_end = np.zeros(count + 2, np.int64)  # by output tile
    store_end = np.zeros(count + 2, np.int64)
    closed = np.zeros(count, np.int64)  # output tiles that are closed after a step that closes one, else 0
    tile = 0
    ran, last = False, _LastPass(0, 0, 0, 0)
    end, arrival = 0, 0
    for s in range(count + 2):
        freed = compute_end[s - 2] if s >= 2 else 0
        loads = s < count and steps[s].weights_bursts + steps[s].ifmap_bursts > 0
        if loads and not (hidden and s == 0):  # rule 20
            weights = Run(steps[s].weights_at, steps[s].weights_bursts)
            ifmap = Run(steps[s].ifmap_at, steps[s].ifmap_bursts)
            load = move(transfer, devices, banked, weights, ifmap, False, freed, path_free)
            path_free, arrival = load.free, load.end
            if trace.shape[0]:
                trace[s].load = load.begin
                trace[s].loaded = arrival
        else:
            arrival = max(arrival, freed)
        if s >= 2 and closed[s - 2]:  # rule 21
            u = closed[s - 2] - 1
            size = steps[s - 2].out_channels * steps[s - 2].columns * chip.word_bytes
            outputs = Run(output_at, ceil_div(size, transfer.burst_bytes))
            store = move(transfer, devices, banked, outputs, Run(0, 0), True, drain_end[u], path_free)
            path_free, store_end[u] = store.free, store.end
            output_at += outputs.bursts
            end = max(end, store.end)
            if trace.shape[0]:
                trace[s - 2].store = store.begin
                trace[s - 2].stored = store.end
        if s >= count:
            continue
        before = compute_end[s - 1] if s else 0
        p, stop = steps[s].first_pass, steps[s].last_pass
        v = tables.variant[steps[s].n_place]
        first_bits = 0
        if stop > p:
            first_bits = tables.preload_bits[v if tables.preload_bits.shape[0] > 1 else 0, p]
        if ran:
            loaded = preload_ready(
                last.start, last.work, last.stream_bits, last.ramp, first_bits, arrival, port_bits
            )
        elif hidden and s == 0:
            loaded = 0  # rule 29a
        else:
            loaded = arrival + ceil_div(first_bits, port_bits)
        free = drain_end[tile - chip.rf_buffers] if steps[s].opens and tile >= chip.rf_buffers else 0
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
            final = stop - 1
            first_sum, last_sum = sums[v, p], sums[v, final]
            last = _LastPass(
                start + last_sum.cycles - first_sum.cycles,
                tables.work[v, final],
                tables.stream_bits[v, final],
                ramps[stop] - ramps[final],
            )
            by_port = pass_cycles(tables.slots[v, final], last.stream_bits, 0, port_bits, last.ramp)
            by_port += last_sum.cycles_by_port - first_sum.cycles_by_port
            compute_end[s] = last.start + pass_cycles(last.work, last.stream_bits, 0, port_bits, last.ramp)
            of_ramps = ramps[stop] - ramps[p]
            out[at.stall_fill_drain_cycles] += of_ramps
            out[at.stall_smem_bandwidth_cycles] += (
                by_port - (sums[v, stop].slots - first_sum.slots) - of_ramps
            )
            out[at.stall_bank_conflict_cycles] += compute_end[s] - start - by_port
        else:
            compute_end[s] = start
        if trace.shape[0]:
            trace[s].start = start
            trace[s].end = compute_end[s]
        if steps[s].closes:  # rules 26 to 28
            size = steps[s].out_channels * steps[s].columns * chip.word_bytes
            begin = compute_end[s] + chip.pipeline_cycles
            if tile >= 1:
                begin = max(begin, drain_end[tile - 1])
            if tile >= 2:
                begin = max(begin, store_end[tile - 2])
            drain_end[tile] = begin + ceil_div(size, chip.write_bytes)
            if trace.shape[0]:
                trace[s].write_back = begin
                trace[s].written = drain_end[tile]
            tile += 1
            closed[s] = tile
    if devices is not None:
        out[at.dram_activates] += state[ACTIVATED]
    if hidden:
        end = compute_end[count - 1]
    out[at.cycles] += end
    out[at.stall_fill_drain_cycles] += end - compute_end[count - 1]
