"""The least cycles that a mapping can take: the lower bound that the search prunes by (rule 16a)."""

from __future__ import annotations

from accel_sim.engine import LayerEngine
from accel_sim.mapping.tiling import LayerMapping


def least_cycles(layer: LayerEngine, mapping: LayerMapping) -> int:
    """The larger of what the array and what the path to DRAM cannot do in less.

    The array waits for its first tiles and first weights, serves every pass without waiting for more, and
    its last output tile has to go all the way to DRAM. The path moves every byte, one after another.
    """
    machine, transfer = layer.engine.machine, layer.engine.transfer
    array = layer.array_cycles(mapping.columns)
    if machine.fill_drain == "hidden":
        return max(array, transfer.cycles(mapping.read_bytes - mapping.first_bytes))
    first = (
        transfer.cycles(mapping.first_bytes)
        + transfer.latency_cycles
        + layer.first_preload_cycles(mapping.columns)
    )
    rows = layer.masked.layer.m_dim % layer.schedule.tile_m or layer.schedule.tile_m
    columns = layer.masked.layer.n_dim % mapping.columns or mapping.columns
    outputs = rows * columns * machine.word_bytes
    write_back = -(-outputs // machine.smem.bandwidth_bytes_per_cycle)
    last = layer.schedule.pipeline_cycles + write_back + transfer.cycles(layer.in_bursts(outputs))
    return max(first + array + last, transfer.cycles(mapping.read_bytes + layer.stored_bytes(mapping)))
