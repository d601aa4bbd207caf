"""Where a layer's stalls lie in time: waits between steps, and what stretches the steps (rule 29)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from accel_sim.architectures.contract import Ints
from accel_sim.engine import LayerEngine
from accel_sim.kernels.timeline.port import pass_cycles
from accel_sim.trace.plan import Plan
from workloads.kernels.types import Records

CAUSES = ("dram", "writeback", "smem_bandwidth", "fill_drain")  # of a wait, as the counters name them
DRAM, WRITEBACK, SMEM, FILL_DRAIN = range(4)


class Waits(NamedTuple):
    """Stretches of time between steps in which the array waits, in their order."""

    cause: Ints  # index into CAUSES
    step: Ints  # that is waited for; after the last one, the number of steps
    begin: Ints  # cycles
    end: Ints


class Inside(NamedTuple):
    """Cycles of each step: its slots, and those by which it takes longer; int64 [steps]."""

    slots: Ints
    smem_bandwidth: Ints
    bank_conflict: Ints
    fill_drain: Ints


def find_waits(table: Records, plan: Plan, rf_buffers: int, cycles: int) -> Waits:
    """The waits between steps, by cause.

    Args:
        table: [steps] of :data:`accel_sim.kernels.timeline.play.TRACE`, cycles.
        cycles: of the layer.
    """
    count = plan.count
    start, ends = table["start"], table["end"]
    before = np.concatenate(([0], ends[:-1]))
    arrivals = _arrivals(table, plan)
    arrived = np.maximum(before, arrivals)
    ready = np.maximum(arrived, _accumulators_free(table, plan, rf_buffers))
    could_hide = arrivals < before
    could_hide[1:] &= plan.passes[:-1] > 0
    last = np.where(could_hide, SMEM, FILL_DRAIN)
    edges = np.stack((before, arrived, ready, start), axis=1)
    # Before the first step all is fill, whatever it waits for.
    edges[0, 1:3], last[0] = 0, FILL_DRAIN
    causes = np.stack((np.full(count, DRAM), np.full(count, WRITEBACK), last), axis=1)
    waits = Waits(
        np.append(causes.ravel(), FILL_DRAIN),
        np.append(np.repeat(np.arange(count), 3), count),
        np.append(edges[:, :3].ravel(), ends[-1]),
        np.append(edges[:, 1:].ravel(), cycles),
    )
    some = waits.end > waits.begin
    return Waits(*(column[some] for column in waits))


def _arrivals(table: Records, plan: Plan) -> Ints:
    """When what each step needs is in SMEM (rule 20)."""
    count = plan.count
    last = np.maximum.accumulate(np.where(plan.loads, np.arange(count), -1))
    loaded = np.where(last >= 0, table["loaded"][np.maximum(last, 0)], 0)
    freed = np.concatenate(([0, 0], table["end"][:-2]))[:count]
    return np.where(plan.loads, loaded, np.maximum(loaded, freed))


def _accumulators_free(table: Records, plan: Plan, rf_buffers: int) -> Ints:
    """When a step that opens an output tile has accumulators for it (rule 25)."""
    written = table["written"][plan.closes > 0]
    before = plan.output_tile - rf_buffers
    needs = (plan.opens > 0) & (before >= 0)
    return np.where(needs, written[np.maximum(before, 0)], 0)


def find_inside(table: Records, plan: Plan, layer: LayerEngine) -> Inside:
    """What the port and the banks of SMEM add to each step's passes (rule 8)."""
    columns = int(plan.columns.max())
    stream, sums, ramps = layer.stream(columns), layer.pass_sums(columns), layer.schedule.ramps
    port_bits = 8 * layer.engine.machine.smem.bandwidth_bytes_per_cycle
    by_port, slots, of_ramps = (np.zeros(plan.count, np.int64) for _ in range(3))
    before = np.concatenate((np.zeros(1, np.int64), np.cumsum(ramps)))
    for step in np.flatnonzero(plan.passes):
        v, p = stream.variant[plan.first_column[step] // columns], plan.first_pass[step]
        last = p + plan.passes[step] - 1
        tail = pass_cycles(stream.slots[v, last], stream.bits[v, last], 0, port_bits, ramps[last])
        by_port[step] = sums["cycles_by_port"][v, last] - sums["cycles_by_port"][v, p] + tail
        slots[step] = sums["slots"][v, last + 1] - sums["slots"][v, p]
        of_ramps[step] = before[last + 1] - before[p]
    taken = table["end"] - table["start"]
    return Inside(slots, by_port - slots - of_ramps, taken - by_port, of_ramps)
