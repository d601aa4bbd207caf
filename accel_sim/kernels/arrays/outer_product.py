"""Compiled: survivors of each k position, its cost, and outer products of passes (rules 11e to 11g)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from accel_sim.kernels.arrays.shared.pair_stream import PairCounts, PairTables
from accel_sim.kernels.jit import kernel
from workloads.kernels.types import Bools, Counts, Ints


class PositionCosts(NamedTuple):
    """What a position costs, by its survivors and its non-zero activations, int64 [most + 1, most + 1]."""

    cycles: Ints
    lrf_reads: Ints


@kernel
def position_costs(
    out_channels: int, columns: int, step_weights: int, step_activations: int, merges_per_cycle: int
) -> PositionCosts:
    """The costs of all positions that a core of so many output channels and columns can meet."""
    cycles = np.zeros((out_channels + 1, columns + 1), np.int64)
    lrf_reads = np.zeros_like(cycles)
    for a in range(1, out_channels + 1):
        for b in range(1, columns + 1):
            down, across = -(-a // step_weights), -(-b // step_activations)
            cycles[a, b] = max(down * across, -(-a * b // merges_per_cycle))
            lrf_reads[a, b] = a * across + b * down
    return PositionCosts(cycles, lrf_reads)


@kernel
def count_survivors(dense: Bools, starts: Ints, stops: Ints) -> Counts:
    """Survivors of each k position in each run of rows: int32 [runs, k_dim], from bool [m_dim, k_dim]."""
    counts = np.zeros((starts.shape[0], dense.shape[1]), np.int32)
    for i in range(starts.shape[0]):
        for row in range(starts[i], stops[i]):
            for k in range(dense.shape[1]):
                counts[i, k] += dense[row, k]
    return counts


@kernel
def outer_passes(
    survivors: Counts,
    nonzeros: Counts,
    conv: Ints,
    costs: PositionCosts,
    depth: int,
    n_dim: int,
    columns: int,
    word_bits: int,
) -> tuple[PairTables, PairCounts]:
    """What the passes of outer products take over every output tile, compiled.

    Args:
        survivors: of each k position in each core's output channels, int32 [m tiles, core rows, k_dim]; -1
            where a core has none.
        nonzeros: of each k position in each core's columns, int32 [convolution groups, output tiles, core
            columns, k_dim]; -1 where a core has no column.
        conv: convolution group of each m tile, int64 [m tiles].
        depth: k positions of a pass.
        columns: of an output tile.
    """
    m_tiles, core_rows, k_dim = survivors.shape
    n_tiles, core_columns = nonzeros.shape[1], nonzeros.shape[2]
    stretches = -(-k_dim // depth)
    slots = np.zeros((n_tiles, m_tiles * stretches), np.int64)
    stream_bits = np.zeros_like(slots)
    pairs, lrf_reads, lrf_writes = np.int64(0), np.int64(0), np.int64(0)
    stream_words, bitmap_bits, balanced, all_slots = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    for m in range(m_tiles):
        tall = np.int64(0)
        for i in range(core_rows):
            tall += survivors[m, i, 0] >= 0
        for t in range(n_tiles):
            seen = nonzeros[conv[m], t]
            wide = np.int64(0)
            for j in range(core_columns):
                wide += seen[j, 0] >= 0
            width = min(columns, n_dim - t * columns)
            for p in range(stretches):
                first, last = p * depth, min((p + 1) * depth, k_dim)
                total, most, stored, asked = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
                for i in range(tall):
                    for j in range(wide):
                        cycles = np.int64(0)
                        for k in range(first, last):
                            a, b = survivors[m, i, k], seen[j, k]
                            cycles += costs.cycles[a, b]
                            lrf_reads += costs.lrf_reads[a, b]
                            pairs += a * b
                        total += cycles
                        most = max(most, cycles)
                for k in range(first, last):
                    of_tile = np.int64(0)
                    for i in range(tall):
                        of_tile += survivors[m, i, k]
                    stored += of_tile
                    if of_tile:
                        for j in range(wide):
                            asked += seen[j, k]
                of_bitmap = (last - first) * width
                slots[t, m * stretches + p] = most
                stream_bits[t, m * stretches + p] = asked * word_bits + of_bitmap
                lrf_writes += stored * wide + asked * tall
                stream_words += asked
                bitmap_bits += of_bitmap
                balanced += -(-total // (tall * wide))
                all_slots += most
    return PairTables(slots, slots, stream_bits), PairCounts(
        pairs=int(pairs),
        accumulations=int(pairs),
        lrf_reads=int(lrf_reads),
        lrf_metadata_reads=int(lrf_reads),
        lrf_writes=int(lrf_writes),
        stream_words=int(stream_words),
        bitmap_bits=int(bitmap_bits),
        balanced_slots=int(balanced),
        slots=int(all_slots),
    )
