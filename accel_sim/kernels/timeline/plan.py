"""From a mapping to steps: what the array does one after another, and what DRAM brings when.

A step is a run of passes over the columns of one output tile (rules 13 to 19).
"""

from __future__ import annotations

import numpy as np

from accel_sim.kernels.jit import kernel

# Columns of the step table.
FIRST_PASS, LAST_PASS, COLUMNS, OPENS, CLOSES, ROWS, PLACE = range(7)  # PLACE: of the output tile along n
STEP_FIELDS = 7
WEIGHTS_INNER, ACTIVATIONS_INNER = 0, 1


@kernel
def pass_sizes(weights, metadata_bits, word):
    """Bytes of each pass, and of values and bits of metadata before each and at the end."""
    count = weights.shape[0]
    size = np.empty(count, np.int64)
    values, bits = np.zeros(count + 1, np.int64), np.zeros(count + 1, np.int64)
    for p in range(count):
        size[p] = weights[p] * word - (-metadata_bits[p] // 8)
        values[p + 1] = values[p] + weights[p] * word
        bits[p + 1] = bits[p] + metadata_bits[p]
    return size, values, bits


@kernel
def tile_sizes(values, bits, bounds, burst):
    """Bytes of each run of passes as stored in DRAM (whole bursts), and those that are metadata."""
    count = bounds.shape[0] - 1
    size, metadata = np.empty(count, np.int64), np.empty(count, np.int64)
    for i in range(count):
        metadata[i] = -((bits[bounds[i]] - bits[bounds[i + 1]]) // 8)
        size[i] = -(-(values[bounds[i + 1]] - values[bounds[i]] + metadata[i]) // burst) * burst
    return size, metadata


@kernel
def _fits(before, start, stop, chunks, limit):
    """Whether the passes ``start`` to ``stop``, cut evenly, make chunks of at most ``limit`` bytes."""
    for i in range(chunks):
        first = start + i * (stop - start) // chunks
        last = start + (i + 1) * (stop - start) // chunks
        if before[last] - before[first] > limit:
            return False
    return True


@kernel
def even_chunk_bytes(first, pass_bytes, chunks):
    """Bytes of the largest of ``chunks`` even chunks of the m tile with the most bytes (rule 15)."""
    heaviest, most = 0, np.int64(-1)
    for tile in range(first.shape[0] - 1):
        size = np.int64(0)
        for p in range(first[tile], first[tile + 1]):
            size += pass_bytes[p]
        if size > most:
            heaviest, most = tile, size
    start, stop = first[heaviest], first[heaviest + 1]
    largest = np.int64(0)
    for i in range(chunks):
        size = np.int64(0)
        for p in range(start + i * (stop - start) // chunks, start + (i + 1) * (stop - start) // chunks):
            size += pass_bytes[p]
        largest = max(largest, size)
    return largest


@kernel
def cut_chunks(first, pass_bytes, limit):
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
def _put(steps, at, first_pass, last_pass, columns, opens, closes, rows, place):
    steps[at, FIRST_PASS] = first_pass
    steps[at, LAST_PASS] = last_pass
    steps[at, COLUMNS] = columns
    steps[at, OPENS] = opens
    steps[at, CLOSES] = closes
    steps[at, ROWS] = rows
    steps[at, PLACE] = place


@kernel
def plan_steps(order, chunk_first, bounds, sizes):
    """The steps of a layer, and which operand tile each needs.

    Args:
        order: WEIGHTS_INNER (an ifmap tile stays while all weights pass by) or ACTIVATIONS_INNER.
        sizes: m_dim, n_dim, rows of an m tile, m tiles that stay together, columns of an output
            tile, columns of an ifmap tile.

    Returns:
        steps (int64 [steps, STEP_FIELDS]), weight tile of each step, ifmap tile of each step.
    """
    m_dim, n_dim, tile_rows, m_together, columns, tile_n = sizes
    m_tiles = chunk_first.shape[0] - 1
    n_tiles = -(-n_dim // tile_n)
    output_tiles = n_tiles * -(-min(tile_n, n_dim) // columns)
    count = output_tiles * chunk_first[-1]
    steps = np.zeros((count, STEP_FIELDS), np.int64)
    weight_tile = np.zeros(count, np.int64)
    ifmap_tile = np.zeros(count, np.int64)
    outer = n_tiles if order == WEIGHTS_INNER else -(-m_tiles // m_together)
    at = 0
    for i in range(outer):
        inner = 1 if order == WEIGHTS_INNER else n_tiles
        for j in range(inner):
            n_tile = i if order == WEIGHTS_INNER else j
            m_begin = 0 if order == WEIGHTS_INNER else i * m_together
            m_end = m_tiles if order == WEIGHTS_INNER else min(m_begin + m_together, m_tiles)
            n_end = min((n_tile + 1) * tile_n, n_dim)
            for m in range(m_begin, m_end):
                rows = min(tile_rows, m_dim - m * tile_rows)
                for n in range(n_tile * tile_n, n_end, columns):
                    width = min(columns, n_end - n)
                    for chunk in range(chunk_first[m], chunk_first[m + 1]):
                        opens, closes = chunk == chunk_first[m], chunk == chunk_first[m + 1] - 1
                        begin, end = bounds[chunk], bounds[chunk + 1]
                        _put(steps, at, begin, end, width, opens, closes, rows, n // columns)
                        weight_tile[at] = chunk if order == WEIGHTS_INNER else i
                        ifmap_tile[at] = n_tile
                        at += 1
    return steps[:at], weight_tile[:at], ifmap_tile[:at]


@kernel
def add_loads(tile_of_step, tile_bursts, base, resident, loads):
    """Write one operand's DRAM reads into ``loads``; return how often each tile is read (int64).

    A run of steps with the same tile needs it at its first step. Its bursts are spread evenly over
    the loads of the run before, beginning one step late: until then the buffer is in use (rule 17).
    The first tile comes whole with the first step. A resident operand's tiles are read once.

    Args:
        base: address of the operand's first burst; tiles lie one after another from there (rule 20b).
        loads: int64 [steps, 2], first burst and bursts, zero to begin with.
    """
    count = tile_of_step.shape[0]
    reads = np.zeros(tile_bursts.shape[0], np.int64)
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
        if not resident or reads[tile] == 0:
            need = tile_bursts[tile]
            reads[tile] += 1
            begin, length = (previous + 1, run_start - previous) if run_start else (0, 1)
            each, rest = need // length, need % length  # of i * need int64 may not hold the product
            for i in range(length):
                start = i * each + i * rest // length
                loads[begin + i, 0] = address[tile] + start
                loads[begin + i, 1] = (i + 1) * each + (i + 1) * rest // length - start
        previous = run_start
        run_start = run_end
    return reads
