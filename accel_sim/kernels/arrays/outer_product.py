"""Outer products of condensed lines: what cores take for the k positions of a pass (rules 11e to 11g)."""

from __future__ import annotations

import numpy as np

from accel_sim.kernels.jit import kernel

# Counts of a layer.
PAIRS, LRF_READS, LRF_WRITES, STREAM_WORDS, STREAM_BITS, BALANCED, SLOTS = range(7)
COUNTS = 7
# What a position costs, by its survivors and its non-zero activations.
CYCLES, READS = 0, 1


@kernel
def position_costs(tile_rows, tile_columns, rows, cols, merges):
    """Cycles and LRF reads of a position: int64 [2, tile_rows + 1, tile_columns + 1]."""
    costs = np.zeros((2, tile_rows + 1, tile_columns + 1), np.int64)
    for a in range(1, tile_rows + 1):
        for b in range(1, tile_columns + 1):
            down, across = -(-a // rows), -(-b // cols)
            costs[CYCLES, a, b] = max(down * across, -(-a * b // merges))
            costs[READS, a, b] = a * across + b * down
    return costs


@kernel
def count_rows(dense, starts, stops):
    """Survivors of each k position in each run of rows: int32 [runs, k_dim], from bool [m_dim, k_dim]."""
    counts = np.zeros((starts.shape[0], dense.shape[1]), np.int32)
    for i in range(starts.shape[0]):
        for row in range(starts[i], stops[i]):
            for k in range(dense.shape[1]):
                counts[i, k] += dense[row, k]
    return counts


@kernel
def outer_passes(survivors, nonzeros, group, costs, shape):
    """Slots and stream of every pass over every output tile.

    Args:
        survivors: of each k position in each core's channels, int32 [m tiles, core rows, k_dim]; -1 where a
            core has no channel.
        nonzeros: of each k position in each core's columns, int32 [convolution groups, output tiles, core
            columns, k_dim]; -1 where a core has no column.
        group: convolution group of each m tile, int64 [m tiles].
        costs: :func:`position_costs`.
        shape: depth of a pass, n_dim, columns of an output tile, bits of a word.

    Returns:
        int64 [output tiles, passes] each, and int64 [COUNTS].
    """
    depth, n_dim, columns, word_bits = shape
    m_tiles, core_rows, k_dim = survivors.shape
    n_tiles, core_columns = nonzeros.shape[1], nonzeros.shape[2]
    stretches = -(-k_dim // depth)
    slots = np.zeros((n_tiles, m_tiles * stretches), np.int64)
    bits = np.zeros_like(slots)
    counts = np.zeros(COUNTS, np.int64)
    for m in range(m_tiles):
        tall = np.int64(0)
        for i in range(core_rows):
            tall += survivors[m, i, 0] >= 0
        for t in range(n_tiles):
            seen = nonzeros[group[m], t]
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
                            cycles += costs[CYCLES, a, b]
                            counts[LRF_READS] += costs[READS, a, b]
                            counts[PAIRS] += a * b
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
                at = m * stretches + p
                slots[t, at] = most
                bits[t, at] = asked * word_bits + (last - first) * width
                counts[LRF_WRITES] += stored * wide + asked * tall
                counts[STREAM_WORDS] += asked
                counts[STREAM_BITS] += (last - first) * width
                counts[BALANCED] += -(-total // (tall * wide))
                counts[SLOTS] += most
    return slots, bits, counts
