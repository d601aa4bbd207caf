"""What each pass of rows that walk lists needs: weights, metadata, distinct activations (rules 1 to 9).

Lists are those of :mod:`accel_sim.kernels.arrays.shared.group_lists`.
"""

from __future__ import annotations

import numpy as np

from accel_sim.kernels.jit import kernel


@kernel
def core_rows(tile, m_dim, tile_m, cores, spread):
    """Rows that each core takes of an m tile, the last perhaps fewer, and where the tile ends (rule 1)."""
    end = min((tile + 1) * tile_m, m_dim)
    return -(-(end - tile * tile_m) // cores) if spread else tile_m // cores, end


@kernel
def deal_rows(row_passes, pes, rows_per_pe, dynamic):
    """Deal the rows of m tiles onto PEs, one after another (rule 10).

    Args:
        row_passes: passes of each row, int64 [m_dim].
        dynamic: whether the PE that is done first takes the next row; else row i is of PE i modulo ``pes``.

    Returns:
        passes of each PE in each m tile (int64 [m tiles, pes], -1 where a PE has no row), and the pass of
        its m tile with which each row begins (int64 [m_dim]).
    """
    m_dim, tile_rows = row_passes.shape[0], pes * rows_per_pe
    passes = np.full((-(-m_dim // tile_rows), pes), -1, np.int64)
    begin = np.zeros(m_dim, np.int64)
    for row in range(m_dim):
        tile, pe = row // tile_rows, row % tile_rows % pes
        if dynamic:
            pe = 0
            for other in range(1, pes):
                if max(passes[tile, other], 0) < max(passes[tile, pe], 0):
                    pe = other
        begin[row] = max(passes[tile, pe], 0)
        passes[tile, pe] = begin[row] + row_passes[row]
    return passes, begin


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
def bank_of(row, banks, hashed):
    """The bank in which a row lies: plain, or hashed by an XOR of all digits of its place (rule 7a).

    ``banks`` is a power of two, two at least, where ``hashed``.
    """
    if not hashed:
        return row % banks
    bank = row
    while row >= banks:
        row //= banks
        bank ^= row
    return bank % banks


@kernel
def _ask_banks(conv, k, stop, stamp, layout, row_seen, asked, asked_by):
    """Ask SMEM for k positions ``k`` to ``stop`` of a convolution group; return the most rows of a bank.

    Rule 7a. ``asked`` holds each bank's distinct rows for the pass ``stamp``, if ``asked_by`` says so.
    """
    in_channels, group_channels, word, row_bytes, hashed = layout
    most = np.int64(0)
    while k < stop:
        tap, channel = k // group_channels, k % group_channels
        run = min(stop - k, group_channels - channel)
        start = (tap * in_channels + conv * group_channels + channel) * word
        for row in range(start // row_bytes, (start + run * word - 1) // row_bytes + 1):
            if row_seen[row] == stamp:
                continue
            row_seen[row] = stamp
            bank = bank_of(row, asked.shape[0], hashed)
            asked[bank] = asked[bank] + 1 if asked_by[bank] == stamp else 1
            asked_by[bank] = stamp
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
    channel,
    begin,
    tile_m,
    groups_per_pass,
    bits,
    longest,
    layout,
    banks,
    distinct,
):
    """Demand of every pass of every m tile.

    Args:
        shape: m_dim, k_dim, n_keep, m_group, rows of a convolution group.
        channel: the output channel that each row is, int64 [m_dim].
        begin: the pass of its m tile with which each row begins, int64 [m_dim].
        bits: of metadata for a stored weight and for an entry of the block index.
        longest: passes of each m tile, int64 [m tiles].
        layout: in_channels, channels of a convolution group, bytes of a word, bytes of a bank's row, and
            whether rows are hashed onto banks.
        banks: how many SMEM has; 0 if it has none.
        distinct: takes the distinct groups of each pass, one pass after another, as convolution group x
            groups of k + group; int64, empty if nobody asks.

    Returns:
        first (int64 [m tiles + 1], index of a tile's first pass), then of each pass (int64): distinct
        activations a column, stored weights, metadata bits, rows that it serves, the most rows that it
        asks of one bank, and distinct groups.
    """
    m_dim, k_dim, n_keep, m_group, rows_per_conv_group = shape
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
    asked_groups = np.zeros(first[-1], np.int64)
    put = np.int64(0)
    asked, asked_by = np.zeros(banks, np.int64), np.zeros(banks, np.int64)
    in_channels, group_channels, word, row_bytes, _ = layout
    unfolded = k_dim // group_channels * in_channels * word
    row_seen = np.zeros(-(-unfolded // row_bytes) if banks else 0, np.int64)
    conv_groups = -(-m_dim // rows_per_conv_group)
    k_groups = -(-k_dim // m_group)
    seen = np.zeros(conv_groups * k_groups, np.int64)
    for tile in range(tiles):
        base = tile * tile_m
        end = min(base + tile_m, m_dim)
        for slot in range(first[tile], first[tile + 1]):
            stamp = slot + 1  # of what this pass has seen; 0: no pass has
            row = base
            indexed = -1  # the last list of this pass whose block index was counted
            while row < end:
                which, conv = row // rows_per_list, channel[row] // rows_per_conv_group
                stop = min(end, (which + 1) * rows_per_list)
                stop = min(stop, row + rows_per_conv_group - channel[row] % rows_per_conv_group)
                new_list = which != indexed
                indexed = which
                run = slot - first[tile] - begin[row]
                from_group = starts[which] + run * groups_per_pass
                to_group = min(from_group + groups_per_pass, starts[which + 1])
                if run >= 0 and from_group < to_group:
                    served[slot] += stop - row
                for at in range(from_group, to_group if run >= 0 else from_group):
                    group = groups[at]
                    width = min(m_group, k_dim - group * m_group)
                    stored = min(n_keep, width) * (stop - row)
                    weights[slot] += stored
                    metadata[slot] += stored * offset_bits
                    if new_list and heads[at]:
                        metadata[slot] += entry_bits
                    if seen[conv * k_groups + group] != stamp:
                        seen[conv * k_groups + group] = stamp
                        activations[slot] += width
                        asked_groups[slot] += 1
                        if distinct.shape[0]:
                            distinct[put] = conv * k_groups + group
                            put += 1
                        if banks:
                            k = group * m_group
                            most = _ask_banks(conv, k, k + width, stamp, layout, row_seen, asked, asked_by)
                            bank_rows[slot] = max(bank_rows[slot], most)
                row = stop
    return first, activations, weights, metadata, served, bank_rows, asked_groups


@kernel
def totals(activations, weights, metadata_bits, served):
    """Sums over all passes, in this order: int64 [4]."""
    sums = np.zeros(4, np.int64)
    for p in range(activations.shape[0]):
        sums[0] += activations[p]
        sums[1] += weights[p]
        sums[2] += metadata_bits[p]
        sums[3] += served[p]
    return sums
