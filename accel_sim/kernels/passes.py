"""What each pass of the array needs: weights, metadata and distinct activations (rules 1 to 9).

A *list* names, in order, the groups of ``m_group`` consecutive k positions that a run of rows walks.
``starts`` is int64 [lists + 1] into ``groups`` (int32 group indices), and ``heads`` (uint8) marks the
group with which a block's entry in the block index begins.
"""

from __future__ import annotations

import numpy as np

from accel_sim.kernels.jit import kernel


@kernel
def living_weights(alive, side, m_dim, k_dim):
    """Weights in the living blocks of ``side`` x ``side``, dead ones among them."""
    total = np.int64(0)
    for i in range(alive.shape[0]):
        width = np.int64(0)
        for j in range(alive.shape[1]):
            if alive[i, j]:
                width += min(side, k_dim - j * side)
        total += width * min(side, m_dim - i * side)
    return total


@kernel
def block_lists(alive, k_dim, block_k, m_group):
    """Lists of the groups in living blocks, one list for each block row of ``alive`` (bool)."""
    block_rows, block_columns = alive.shape
    per_block = np.zeros(block_columns, np.int64)
    for j in range(block_columns):
        per_block[j] = -(-(min((j + 1) * block_k, k_dim) - j * block_k) // m_group)
    starts = np.zeros(block_rows + 1, np.int64)
    for i in range(block_rows):
        size = np.int64(0)
        for j in range(block_columns):
            if alive[i, j]:
                size += per_block[j]
        starts[i + 1] = starts[i] + size
    groups = np.empty(starts[-1], np.int32)
    heads = np.zeros(starts[-1], np.uint8)
    at = 0
    for i in range(block_rows):
        for j in range(block_columns):
            if alive[i, j]:
                heads[at] = 1
                for g in range(per_block[j]):
                    groups[at] = j * block_k // m_group + g
                    at += 1
    return starts, groups, heads


@kernel
def element_lists(words, k_dim):
    """Lists of the surviving weights themselves, one list a row, which the row's pointer heads."""
    rows = words.shape[0]
    starts = np.zeros(rows + 1, np.int64)
    for i in range(rows):
        ones = np.int64(0)
        for k in range(k_dim):
            ones += np.int64((words[i, k >> 6] >> np.uint64(k & 63)) & np.uint64(1))
        starts[i + 1] = starts[i] + ones
    groups = np.empty(starts[-1], np.int32)
    heads = np.zeros(starts[-1], np.uint8)
    at = 0
    for i in range(rows):
        if starts[i + 1] > at:
            heads[at] = 1
        for k in range(k_dim):
            if (words[i, k >> 6] >> np.uint64(k & 63)) & np.uint64(1):
                groups[at] = k
                at += 1
    return starts, groups, heads


@kernel
def count_passes(starts, m_dim, rows_per_list, cores, rows, groups_per_pass):
    """Passes of each core in each m tile: int64 [m tiles, cores]; -1 where a core has no row."""
    tiles = -(-m_dim // (cores * rows))
    passes = np.full((tiles, cores), -1, np.int64)
    for tile in range(tiles):
        for core in range(cores):
            first = (tile * cores + core) * rows
            for row in range(first, min(first + rows, m_dim)):
                which = row // rows_per_list
                need = -(-(starts[which + 1] - starts[which]) // groups_per_pass)
                passes[tile, core] = max(passes[tile, core], need)
    return passes


@kernel
def balanced_passes(passes):
    """Passes of a layer if each m tile's were spread evenly over the cores that have rows (rule 9).

    Args:
        passes: int64 [m tiles, cores], -1 where a core has no row.
    """
    balanced = np.int64(0)
    for tile in range(passes.shape[0]):
        total, working = np.int64(0), 0
        for core in range(passes.shape[1]):
            if passes[tile, core] >= 0:
                total += passes[tile, core]
                working += 1
        balanced += -(-total // working)
    return balanced


@kernel
def _ask_banks(conv, k, stop, slot, layout, row_seen, asked, asked_by):
    """Ask SMEM for k positions ``k`` to ``stop`` of a convolution group; return the most rows of a bank.

    Rule 7a. ``asked`` holds each bank's distinct rows for the pass ``slot``, if ``asked_by`` says so.
    """
    in_channels, group_channels, word, row_bytes = layout
    most = np.int64(0)
    while k < stop:
        tap, channel = k // group_channels, k % group_channels
        run = min(stop - k, group_channels - channel)
        start = (tap * in_channels + conv * group_channels + channel) * word
        for row in range(start // row_bytes, (start + run * word - 1) // row_bytes + 1):
            if row_seen[row] == slot:
                continue
            row_seen[row] = slot
            bank = row % asked.shape[0]
            asked[bank] = asked[bank] + 1 if asked_by[bank] == slot else 1
            asked_by[bank] = slot
            most = max(most, asked[bank])
        k += run
    return most


@kernel
def pass_demand(
    starts,
    groups,
    heads,
    shape,
    rows_per_list,
    rows_per_conv_group,
    tile_m,
    groups_per_pass,
    bits,
    longest,
    layout,
    banks,
):
    """Demand of every pass of every m tile.

    Args:
        shape: m_dim, k_dim, n_keep, m_group.
        bits: of metadata for a stored weight and for an entry of the block index.
        longest: passes of each m tile, int64 [m tiles].
        layout: in_channels, channels of a convolution group, bytes of a word, bytes of a bank's row.
        banks: how many SMEM has; 0 if it has none.

    Returns:
        first (int64 [m tiles + 1], index of a tile's first pass), then of each pass (int64):
        distinct activations a column, stored weights, metadata bits, rows that it serves, and the most
        rows that it asks of one bank.
    """
    m_dim, k_dim, n_keep, m_group = shape
    offset_bits, entry_bits = bits
    tiles = longest.shape[0]
    first = np.zeros(tiles + 1, np.int64)
    for tile in range(tiles):
        first[tile + 1] = first[tile] + longest[tile]
    activations = np.zeros(first[-1], np.int64)
    weights = np.zeros(first[-1], np.int64)
    metadata = np.zeros(first[-1], np.int64)
    served = np.zeros(first[-1], np.int64)
    bank_rows = np.ones(first[-1], np.int64)
    asked, asked_by = np.zeros(banks, np.int64), np.full(banks, -1, np.int64)
    in_channels, group_channels, word, row_bytes = layout
    unfolded = k_dim // group_channels * in_channels * word
    row_seen = np.full(-(-unfolded // row_bytes) if banks else 0, -1, np.int64)
    conv_groups = -(-m_dim // rows_per_conv_group)
    k_groups = -(-k_dim // m_group)
    seen = np.full(conv_groups * k_groups, -1, np.int64)
    for tile in range(tiles):
        base = tile * tile_m
        end = min(base + tile_m, m_dim)
        for slot in range(first[tile], first[tile + 1]):
            row = base
            indexed = -1  # the last list of this pass whose block index was counted
            while row < end:
                which, conv = row // rows_per_list, row // rows_per_conv_group
                stop = min(end, (which + 1) * rows_per_list, (conv + 1) * rows_per_conv_group)
                new_list = which != indexed
                indexed = which
                begin = starts[which] + (slot - first[tile]) * groups_per_pass
                finish = min(begin + groups_per_pass, starts[which + 1])
                if begin < finish:
                    served[slot] += stop - row
                for at in range(begin, finish):
                    group = groups[at]
                    width = min(m_group, k_dim - group * m_group)
                    stored = min(n_keep, width) * (stop - row)
                    weights[slot] += stored
                    metadata[slot] += stored * offset_bits
                    if new_list and heads[at]:
                        metadata[slot] += entry_bits
                    if seen[conv * k_groups + group] != slot:
                        seen[conv * k_groups + group] = slot
                        activations[slot] += width
                        if banks:
                            k = group * m_group
                            most = _ask_banks(conv, k, k + width, slot, layout, row_seen, asked, asked_by)
                            bank_rows[slot] = max(bank_rows[slot], most)
                row = stop
    return first, activations, weights, metadata, served, bank_rows


@kernel
def totals(activations, weights, metadata_bits, served):
    """Sums over all passes, in this order."""
    sums = np.zeros(4, np.int64)
    for p in range(activations.shape[0]):
        sums[0] += activations[p]
        sums[1] += weights[p]
        sums[2] += metadata_bits[p]
        sums[3] += served[p]
    return sums
