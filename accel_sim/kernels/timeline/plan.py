"""Compiled: bytes of passes and weight tiles, chunks, the steps of a layer and what DRAM brings with each.

A step is a run of passes over the columns of one output tile (rules 13 to 19).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from accel_sim.kernels.jit import kernel
from workloads.kernels.types import Ints, Records, record_of

STEP = record_of(
    "first_pass",
    "last_pass",  # the one after it
    "columns",  # output pixels
    "out_channels",
    "m_tile",
    "n_place",  # of the output tile along n
    "opens",  # whether it is the first of an output tile
    "closes",  # and the last
    "weight_tile",
    "ifmap_tile",
    # What comes from DRAM with the step: its first burst, and how many.
    "weights_at",
    "weights_bursts",
    "ifmap_at",
    "ifmap_bursts",
)


class Tiles(NamedTuple):
    """The sizes of a layer's tiles."""

    m_dim: int
    n_dim: int
    tile_m: int  # output channels of an m tile
    m_together: int  # m tiles whose weights stay together
    columns: int  # of an output tile
    tile_n: int  # columns of an ifmap tile


@kernel
def pass_sizes(weights: Ints, metadata_bits: Ints, word_bytes: int) -> tuple[Ints, Ints, Ints]:
    """Bytes and bits that passes store in DRAM.

    Args:
        weights, metadata_bits: of each pass, int64 [passes].

    Returns:
        bytes of each pass (int64 [passes]), and running sums from zero on of bytes of values and of bits of
        metadata (int64 [passes + 1] each).
    """
    count = weights.shape[0]
    size = np.empty(count, np.int64)
    values, bits = np.zeros(count + 1, np.int64), np.zeros(count + 1, np.int64)
    for p in range(count):
        size[p] = weights[p] * word_bytes - (-metadata_bits[p] // 8)
        values[p + 1] = values[p] + weights[p] * word_bytes
        bits[p + 1] = bits[p] + metadata_bits[p]
    return size, values, bits


@kernel
def tile_sizes(values: Ints, bits: Ints, bounds: Ints, burst: int) -> tuple[Ints, Ints]:
    """Bytes of each run of passes as stored in DRAM (whole bursts), and those that are metadata.

    Args:
        values, bits: running sums, as :func:`pass_sizes` returns them.
        bounds: int64 [runs + 1], a run's first pass.
        burst: bytes.

    Returns:
        int64 [runs] each.
    """
    count = bounds.shape[0] - 1
    size, metadata = np.empty(count, np.int64), np.empty(count, np.int64)
    for i in range(count):
        metadata[i] = -((bits[bounds[i]] - bits[bounds[i + 1]]) // 8)
        size[i] = -(-(values[bounds[i + 1]] - values[bounds[i]] + metadata[i]) // burst) * burst
    return size, metadata


@kernel
def tile_totals(size: Ints, metadata: Ints) -> tuple[int, int, int]:
    """Bytes of the largest of some tiles, of all, and of their metadata; numpy takes longer for few."""
    largest, total, of_metadata = 0, 0, 0
    for i in range(size.shape[0]):
        largest = max(largest, size[i])
        total += size[i]
        of_metadata += metadata[i]
    return largest, total, of_metadata


@kernel
def _fits(before: Ints, start: int, stop: int, chunks: int, limit: int) -> bool:
    """Whether the passes ``start`` to ``stop``, cut evenly, make chunks of at most ``limit`` bytes."""
    for i in range(chunks):
        first = start + i * (stop - start) // chunks
        last = start + (i + 1) * (stop - start) // chunks
        if before[last] - before[first] > limit:
            return False
    return True


@kernel
def even_chunk_bytes(first: Ints, pass_bytes: Ints, chunks: int) -> int:
    """Bytes of the largest of ``chunks`` even chunks of the m tile with the most bytes (rule 15)."""
    heaviest, most = 0, -1
    for tile in range(first.shape[0] - 1):
        size = 0
        for p in range(first[tile], first[tile + 1]):
            size += pass_bytes[p]
        if size > most:
            heaviest, most = tile, size
    start, stop = first[heaviest], first[heaviest + 1]
    largest = 0
    for i in range(chunks):
        size = 0
        for p in range(start + i * (stop - start) // chunks, start + (i + 1) * (stop - start) // chunks):
            size += pass_bytes[p]
        largest = max(largest, size)
    return largest


@kernel
def cut_chunks(first: Ints, pass_bytes: Ints, limit: int) -> tuple[Ints, Ints]:
    """Cut each m tile's passes evenly into the fewest chunks of at most ``limit`` bytes (rule 15).

    Even, since a chunk is loaded while the one before it is used. No pass may exceed ``limit``.

    Returns:
        chunk_first (int64 [m tiles + 1], a tile's first chunk; every tile has at least one), and
        bounds (int64 [chunks + 1], a chunk's first pass).
    """
    tiles = first.shape[0] - 1
    chunk_first = np.zeros(tiles + 1, np.int64)
    bounds = np.zeros(first[-1] + tiles + 1, np.int64)
    before = np.zeros(first[-1] + 1, np.int64)
    for p in range(first[-1]):
        before[p + 1] = before[p] + pass_bytes[p]
    at = 0
    for tile in range(tiles):
        start, stop = first[tile], first[tile + 1]
        chunks = max(1, -(-(before[stop] - before[start]) // limit)) if limit else 1
        while not _fits(before, start, stop, chunks, limit):
            chunks += 1
        for i in range(chunks):
            bounds[at] = start + i * (stop - start) // chunks
            at += 1
        chunk_first[tile + 1] = at
    bounds[at] = first[-1]
    return chunk_first, bounds[: at + 1]


@kernel
def plan_steps(ifmap_stays: bool, chunk_first: Ints, bounds: Ints, tiles: Tiles) -> Records:
    """The steps of a layer, a record of :data:`STEP` each, but for their loads.

    Args:
        ifmap_stays: whether an ifmap tile stays while all weights pass by; else it is the weights that stay.
        chunk_first, bounds: as :func:`cut_chunks` returns them.
    """
    m_tiles = chunk_first.shape[0] - 1
    n_tiles = -(-tiles.n_dim // tiles.tile_n)
    output_tiles = n_tiles * -(-min(tiles.tile_n, tiles.n_dim) // tiles.columns)
    steps = np.zeros(output_tiles * chunk_first[-1], STEP)
    outer = n_tiles if ifmap_stays else -(-m_tiles // tiles.m_together)
    at = 0
    for i in range(outer):
        for j in range(1 if ifmap_stays else n_tiles):
            n_tile = i if ifmap_stays else j
            m_begin = 0 if ifmap_stays else i * tiles.m_together
            m_end = m_tiles if ifmap_stays else min(m_begin + tiles.m_together, m_tiles)
            n_end = min((n_tile + 1) * tiles.tile_n, tiles.n_dim)
            for m in range(m_begin, m_end):
                out_channels = min(tiles.tile_m, tiles.m_dim - m * tiles.tile_m)
                for n in range(n_tile * tiles.tile_n, n_end, tiles.columns):
                    for chunk in range(chunk_first[m], chunk_first[m + 1]):
                        step = steps[at]
                        step.first_pass = bounds[chunk]
                        step.last_pass = bounds[chunk + 1]
                        step.columns = min(tiles.columns, n_end - n)
                        step.out_channels = out_channels
                        step.m_tile = m
                        step.n_place = n // tiles.columns
                        step.opens = chunk == chunk_first[m]
                        step.closes = chunk == chunk_first[m + 1] - 1
                        step.weight_tile = chunk if ifmap_stays else i
                        step.ifmap_tile = n_tile
                        at += 1
    return steps[:at]


@kernel
def add_loads(
    tile_of_step: Ints, tile_bursts: Ints, base: int, resident: bool, at: Ints, bursts: Ints
) -> None:
    """Write down what DRAM brings of one operand with each step.

    A run of steps with the same tile needs it at its first step. Its bursts are spread evenly over
    the loads of the run before, beginning one step late: until then the buffer is in use (rule 17).
    The first tile comes whole with the first step. A resident operand's tiles are read once.

    Args:
        base: address of the operand's first burst; tiles lie one after another from there (rule 20b).
        tile_of_step: int64 [steps], that each needs.
        tile_bursts: int64 [tiles].
        at, bursts: int64 [steps], first burst and how many come with each step; zero to begin with.
    """
    count = tile_of_step.shape[0]
    brought = np.zeros(tile_bursts.shape[0], np.bool_)
    address = np.empty(tile_bursts.shape[0], np.int64)
    for tile in range(tile_bursts.shape[0]):
        address[tile] = base
        base += tile_bursts[tile]
    run_start, previous = 0, 0  # first step of this run and of the one before
    while run_start < count:
        tile = tile_of_step[run_start]
        run_end = run_start
        while run_end < count and tile_of_step[run_end] == tile:
            run_end += 1
        if not resident or not brought[tile]:
            need = tile_bursts[tile]
            brought[tile] = True
            begin, length = (previous + 1, run_start - previous) if run_start else (0, 1)
            each, rest = need // length, need % length  # of i * need int64 may not hold the product
            for i in range(length):
                start = i * each + i * rest // length
                at[begin + i] = address[tile] + start
                bursts[begin + i] = (i + 1) * each + (i + 1) * rest // length - start
        previous = run_start
        run_start = run_end
