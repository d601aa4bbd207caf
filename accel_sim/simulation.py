"""Run a workload on a machine: layer by layer, from masks to cycles and counts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from accel_sim import counters as c
from accel_sim.architectures import Schedule, find_architecture
from accel_sim.energy import energy_pj
from accel_sim.kernels.plan import CLOSES, COLUMNS, ROWS, add_loads, plan_steps
from accel_sim.kernels.timeline import run_steps, sum_passes
from accel_sim.machine import Machine
from accel_sim.mapping import Mapping, choose_mapping
from accel_sim.results import SimulationResult, build_result
from workloads.inputs import InputError, did_you_mean
from workloads.workload import MaskedLayer, Workload

ENGINES = ("fast", "reference")
_NO_TRACE = np.zeros((0, 6), np.int64)


def simulate(workload: Workload, machine: Machine, engine: str = "fast") -> SimulationResult:
    """Cycles, counts and energy of every layer, one after another.

    Args:
        engine: ``fast``, or ``reference`` to step every clock cycle with random operands; both give
            the same numbers, the second a few thousand cycles a second.

    Raises:
        InputError: a layer whose smallest tile does not fit the machine, or an unknown engine.
    """
    if engine not in ENGINES:
        raise InputError(f"engine: expected a known one, got {engine!r}{did_you_mean(engine, ENGINES)}")
    architecture = find_architecture(machine.architecture)
    array = architecture.Array.model_validate(machine.array)
    counts = np.zeros((len(workload.layers), c.COUNT), np.int64)
    described = []
    for row, item in zip(counts, workload.layers, strict=True):
        schedule = architecture.schedule(item, array)
        mapping = choose_mapping(item.layer, schedule, machine)
        if engine == "fast":
            simulate_layer(item, schedule, mapping, machine, row)
        else:
            row[:] = _step_layer(item, mapping, machine)
        described.append((schedule.mode, mapping.label, schedule.multipliers))
    energy = energy_pj(counts, machine.energy_per_action_pj)
    return build_result(workload, machine, counts, energy, described)


def _step_layer(item: MaskedLayer, mapping: Mapping, machine: Machine) -> npt.NDArray[np.int64]:
    from accel_sim.reference import random_operands, simulate_reference

    return simulate_reference(item, machine, mapping, random_operands(item, seed=0)).counts


def simulate_layer(
    item: MaskedLayer,
    schedule: Schedule,
    mapping: Mapping,
    machine: Machine,
    out: npt.NDArray[np.int64],
    trace: npt.NDArray[np.int64] = _NO_TRACE,
) -> None:
    """Fill one row of counters, int64 [COUNT], for a layer under a mapping."""
    layer = item.layer
    sizes = np.array(
        (
            layer.m_dim,
            layer.n_dim,
            schedule.tile_rows,
            mapping.m_together,
            mapping.columns,
            mapping.tile_n,
        )
    )
    steps, weight_tile, ifmap_tile = plan_steps(mapping.order, mapping.chunk_first, mapping.bounds, sizes)
    load_bytes = np.zeros(len(steps), np.int64)
    weight_reads = add_loads(weight_tile, mapping.weight_tile_bytes, mapping.weights_resident, load_bytes)
    ifmap_reads = add_loads(ifmap_tile, mapping.ifmap_tile_bytes, mapping.ifmap_resident, load_bytes)
    port_bits = 8 * machine.smem.bandwidth_bytes_per_cycle
    word_bits = 8 * machine.word_bytes
    weight_bits = schedule.weights * word_bits + schedule.metadata_bits
    # Tiles are whole multiples of the columns, or all of n: two widths at most.
    widths = (mapping.columns, layer.n_dim % mapping.columns or mapping.columns)
    pass_sums = np.empty((2, len(schedule.weights) + 1), np.int64)
    for row, width in enumerate(widths):
        pass_sums[row] = sum_passes(
            schedule.activations, weight_bits, width, word_bits, port_bits, schedule.first
        )
    machine_numbers = np.array(
        (
            port_bits,
            word_bits,
            machine.dram.bandwidth_bytes_per_cycle,
            machine.dram.latency_cycles,
            machine.smem.bandwidth_bytes_per_cycle,
            schedule.pipeline_cycles,
            machine.rf.buffers,
        )
    )
    run_steps(
        steps,
        load_bytes,
        np.array(widths),
        pass_sums,
        schedule.activations,
        weight_bits,
        machine_numbers,
        np.array((machine.word_bytes, machine.dram.burst_bytes)),
        trace,
        out,
    )
    _count(item, schedule, mapping, machine, steps, weight_reads, ifmap_reads, out)


def _count(
    item: MaskedLayer,
    schedule: Schedule,
    mapping: Mapping,
    machine: Machine,
    steps: npt.NDArray[np.int64],
    weight_reads: npt.NDArray[np.int64],
    ifmap_reads: npt.NDArray[np.int64],
    out: npt.NDArray[np.int64],
) -> None:
    """Counts that follow from totals alone (rules 30 to 36)."""
    layer, word = item.layer, machine.word_bytes
    n_dim, burst = layer.n_dim, machine.dram.burst_bytes
    # Every m tile is walked once for each output tile of columns.
    walks = _walks(layer.n_dim, mapping)
    passes, weights = int(schedule.first[-1]), int(schedule.weights.sum())
    metadata_bits = int(schedule.metadata_bits.sum())
    out[c.COMPUTE] = schedule.balanced_passes * n_dim
    out[c.STALL_IMBALANCE] = (passes - schedule.balanced_passes) * n_dim
    out[c.MACS] = item.macs
    out[c.ISSUED_MACS] = weights * n_dim
    out[c.IDLE_LANES] = schedule.multipliers * passes * n_dim - weights * n_dim
    out[c.LRF_READS] = weights * n_dim
    out[c.LRF_WRITES] = weights * walks
    out[c.LRF_METADATA_READS] = weights * n_dim if schedule.offset_bits else 0
    sums = int(schedule.served.sum()) * n_dim * machine.rf.accumulator_bytes
    out[c.RF_READ] = sums
    out[c.RF_WRITE] = sums
    outputs = layer.m_dim * n_dim * word
    port_bytes = (int(schedule.activations.sum()) * n_dim + weights * walks) * word
    port_metadata_bits = metadata_bits * walks
    metadata = int(weight_reads @ mapping.weight_metadata_bytes)
    reads = int(weight_reads @ mapping.weight_tile_bytes) + int(ifmap_reads @ mapping.ifmap_tile_bytes)
    out[c.METADATA] = metadata
    out[c.DRAM_READ] = reads
    closing = steps[steps[:, CLOSES] == 1]
    stored = closing[:, ROWS] * closing[:, COLUMNS] * word
    out[c.DRAM_WRITE] = int((-(-stored // burst) * burst).sum())
    out[c.SMEM_READ] = port_bytes + outputs
    out[c.SMEM_WRITE] = reads - metadata + outputs
    out[c.SMEM_METADATA_READ] = -(-port_metadata_bits // 8)
    out[c.SMEM_METADATA_WRITE] = metadata
    port_bits = 8 * machine.smem.bandwidth_bytes_per_cycle
    out[c.SMEM_BUSY] = -(-(8 * port_bytes + port_metadata_bits) // port_bits)
    rate = machine.dram.bandwidth_bytes_per_cycle
    out[c.DRAM_BUSY] = -(-(int(out[c.DRAM_READ]) + int(out[c.DRAM_WRITE])) // rate)


def _walks(n_dim: int, mapping: Mapping) -> int:
    """Output tiles along n: a last ifmap tile that is short has fewer."""
    full, rest = divmod(n_dim, mapping.tile_n)
    return full * -(-mapping.tile_n // mapping.columns) + -(-rest // mapping.columns)
