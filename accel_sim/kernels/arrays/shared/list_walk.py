"""Compiled: demand of passes whose rows walk lists: weights, metadata, activations (rules 1 to 9).

Lists are those of :mod:`accel_sim.kernels.arrays.shared.group_lists`; a row is one of the mask, in the order
in which its output channels lie on the array.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from accel_sim.kernels.arrays.shared.group_lists import Lists
from accel_sim.kernels.arrays.shared.smem_layout import SmemLayout, bank_of, digit_bits
from accel_sim.kernels.jit import kernel
from accel_sim.kernels.layer import LayerShape
from workloads.kernels.types import Ints


class Rows(NamedTuple):
    """The rows of a mask that walk lists, in the order in which they lie on an array."""

    out_channel: Ints  # int64 [m_dim], the output channel that each is
    begin: Ints  # int64 [m_dim], the pass of its m tile with which each begins
    passes: Ints  # int64 [m tiles], how many each has
    per_list: int  # consecutive rows that walk the same list
    tile_m: int  # rows of an m tile


class Groups(NamedTuple):
    """The groups of weights that lists name, on an array."""

    n_keep: int  # weights stored of each
    m_group: int
    per_pass: int  # that a row holds in its lanes
    offset_bits: int  # of metadata beside each stored weight
    entry_bits: int  # of metadata for each head of a list


class Demand(NamedTuple):
    """What the passes of lists need; all but ``first`` are int64 [passes]."""

    first: Ints  # [m tiles + 1], a tile's first pass
    activations: Ints  # distinct activations that a column asks of SMEM
    weights: Ints  # weights stored in LRFs, zeros that the mode cannot skip included
    metadata_bits: Ints
    served: Ints  # rows that accumulate in the pass
    bank_rows: Ints  # the most that a column asks of one bank of SMEM
    groups: Ints  # distinct groups that a column asks for


class DemandTotals(NamedTuple):
    """Sums of a demand over all passes."""

    activations: int
    weights: int
    metadata_bits: int
    served: int


class _Asked(NamedTuple):
    """What a pass has asked of the banks of SMEM; stamps say of which pass an entry is."""

    row_stamp: Ints  # [rows of a bank that a column of the unfolded ifmap spans]
    rows: Ints  # [banks], distinct rows of each
    stamp: Ints  # [banks]


@kernel
def _ask_banks(
    conv: int, k: int, stop: int, stamp: int, shape: LayerShape, smem: SmemLayout, digit: int, asked: _Asked
) -> int:
    """Ask SMEM for k positions ``k`` to ``stop`` of a convolution group; return the most rows of a bank.

    Rule 7a. The pass is that of ``stamp``.
    """
    most = 0
    while k < stop:
        place, run = k, stop - k  # of one convolution group: k is the place in the unfolded ifmap
        if shape.group_channels != shape.in_channels:
            tap, channel = k // shape.group_channels, k % shape.group_channels
            run = min(run, shape.group_channels - channel)
            place = tap * shape.in_channels + conv * shape.group_channels + channel
        start = place * smem.word_bytes
        end = start + run * smem.word_bytes
        row = start // smem.row_bytes
        while row * smem.row_bytes < end:
            if asked.row_stamp[row] != stamp:
                asked.row_stamp[row] = stamp
                bank = bank_of(row, smem.banks, digit)
                asked.rows[bank] = asked.rows[bank] + 1 if asked.stamp[bank] == stamp else 1
                asked.stamp[bank] = stamp
                most = max(most, asked.rows[bank])
            row += 1
        k += run
    return most


@kernel
def pass_demand(
    lists: Lists, rows: Rows, of_group: Groups, shape: LayerShape, smem: SmemLayout, distinct: Ints
) -> Demand:
    """Demand of every pass of every m tile whose rows walk lists.

    Args:
        distinct: takes the distinct groups of each pass, one pass after another, as convolution group x
            groups of k + group; int64, empty if nobody asks.
    """
    m_dim, k_dim, m_group = shape.m_dim, shape.k_dim, of_group.m_group
    tiles = rows.passes.shape[0]
    first = np.zeros(tiles + 1, np.int64)
    for tile in range(tiles):
        first[tile + 1] = first[tile] + rows.passes[tile]
    activations = np.zeros(first[-1], np.int64)
    weights = np.zeros(first[-1], np.int64)
    metadata = np.zeros(first[-1], np.int64)
    served = np.zeros(first[-1], np.int64)
    bank_rows = np.ones(first[-1], np.int64)
    asked_groups = np.zeros(first[-1], np.int64)
    put = 0
    digit = digit_bits(smem)
    unfolded = k_dim // shape.group_channels * shape.in_channels * smem.word_bytes
    asked = _Asked(
        np.zeros(-(-unfolded // smem.row_bytes) if smem.banks else 0, np.int64),
        np.zeros(smem.banks, np.int64),
        np.zeros(smem.banks, np.int64),
    )
    conv_groups = -(-m_dim // shape.group_out_channels)
    k_groups = -(-k_dim // m_group)
    seen = np.zeros(conv_groups * k_groups, np.int64)
    for tile in range(tiles):
        base = tile * rows.tile_m
        end = min(base + rows.tile_m, m_dim)
        for slot in range(first[tile], first[tile + 1]):
            stamp = slot + 1  # of what this pass has seen; 0: no pass has
            row = base
            indexed = -1  # the last list of this pass whose block index was counted
            while row < end:
                out_channel = rows.out_channel[row]
                which, conv = row // rows.per_list, out_channel // shape.group_out_channels
                stop = min(end, (which + 1) * rows.per_list)
                stop = min(stop, row + shape.group_out_channels - out_channel % shape.group_out_channels)
                new_list = which != indexed
                indexed = which
                run = slot - first[tile] - rows.begin[row]
                from_group = lists.starts[which] + run * of_group.per_pass
                to_group = min(from_group + of_group.per_pass, lists.starts[which + 1])
                if run >= 0 and from_group < to_group:
                    served[slot] += stop - row
                for at in range(from_group, to_group if run >= 0 else from_group):
                    group = lists.groups[at]
                    width = min(m_group, k_dim - group * m_group)
                    stored = min(of_group.n_keep, width) * (stop - row)
                    weights[slot] += stored
                    metadata[slot] += stored * of_group.offset_bits
                    if new_list and lists.heads[at]:
                        metadata[slot] += of_group.entry_bits
                    if seen[conv * k_groups + group] != stamp:
                        seen[conv * k_groups + group] = stamp
                        activations[slot] += width
                        asked_groups[slot] += 1
                        if distinct.shape[0]:
                            distinct[put] = conv * k_groups + group
                            put += 1
                        if smem.banks:
                            k = group * m_group
                            most = _ask_banks(conv, k, k + width, stamp, shape, smem, digit, asked)
                            bank_rows[slot] = max(bank_rows[slot], most)
                row = stop
    return Demand(first, activations, weights, metadata, served, bank_rows, asked_groups)


@kernel
def demand_totals(demand: Demand) -> DemandTotals:
    """Sums of a demand over all passes; numpy takes four times as long for so few of them."""
    activations, weights, metadata_bits, served = 0, 0, 0, 0
    for p in range(demand.weights.shape[0]):
        activations += demand.activations[p]
        weights += demand.weights[p]
        metadata_bits += demand.metadata_bits[p]
        served += demand.served[p]
    return DemandTotals(activations, weights, metadata_bits, served)


@kernel
def demand_tables(demand: Demand, turns: Ints, widths: Ints, word_bits: int) -> tuple[Ints, Ints, Ints]:
    """Slots, work and stream bits of each pass over output tiles of each width (rules 8 and 8a).

    Args:
        turns: int64 [passes], cycles that each needs to feed its cores one column.
        widths: int64 [variants], output pixels.

    Returns:
        int64 [variants, passes] each.
    """
    shape = (widths.shape[0], turns.shape[0])
    slots, work, bits = np.empty(shape, np.int64), np.empty(shape, np.int64), np.empty(shape, np.int64)
    for v in range(widths.shape[0]):
        for p in range(turns.shape[0]):
            slots[v, p] = widths[v] * turns[p]
            work[v, p] = widths[v] * max(turns[p], demand.bank_rows[p])
            bits[v, p] = widths[v] * demand.activations[p] * word_bits
    return slots, work, bits
