"""Compiled: a grid of PEs, the mask in stretches of k, pairs that PEs meet (rules 11a and 11b)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from accel_sim.kernels.arrays.shared.pair_stream import PairCounts, PairTables
from accel_sim.kernels.jit import kernel
from accel_sim.kernels.layer import LayerShape
from workloads.kernels.bits import field, popcount
from workloads.kernels.types import Ints, Words


class PeGrid(NamedTuple):
    """A grid of PEs, output channels along its rows and output pixels along its columns."""

    rows: int
    columns: int
    out_channels: int  # of a row, in an m tile
    lanes: int
    operand_banks: int  # 0: any activations of a pass can be read together
    dynamic: bool  # whether they take their work from a queue

    @property
    def tile_m(self) -> int:
        """Output channels of an m tile."""
        return self.rows * self.out_channels


class _Met(NamedTuple):
    """What PEs have found so far, int64 [PE columns]."""

    pairs: Ints
    meetings: Ints  # of an output channel's weights with a column's activations, in which there is a pair


@kernel
def cut_stretches(words: Words, k_dim: int, depth: int) -> Words:
    """The rows of a mask cut into stretches of ``depth`` bits, each in words of its own.

    Args:
        words: uint64 [rows, words of a row].

    Returns:
        uint64 [stretches, rows, words of a stretch].
    """
    rows = words.shape[0]
    cut = np.zeros((-(-k_dim // depth), rows, -(-depth // 64)), np.uint64)
    for p in range(cut.shape[0]):
        stop = min((p + 1) * depth, k_dim)
        for row in range(rows):
            for w in range(cut.shape[2]):
                start = p * depth + 64 * w
                if start < stop:
                    cut[p, row, w] = field(words[row], start, min(64, stop - start))
    return cut


@kernel
def bank_masks(depth: int, banks: int, first: int) -> Words:
    """Which positions of a stretch from k = ``first`` on lie in each operand bank: uint64 [banks, words]."""
    masks = np.zeros((banks, -(-depth // 64)), np.uint64)
    for i in range(depth if banks else 0):
        masks[(first + i) % banks, i >> 6] |= np.uint64(1) << np.uint64(i & 63)
    return masks


@kernel
def _meet_rows(
    words: Words, conv: Ints, activations: Words, t: int, shift: int, until: Ints, met: _Met
) -> None:
    """What the rows of an m tile find in a stretch of one word, over output tile ``t``.

    Adds to the cycles of PEs (``until`` [PE rows, PE columns]) and to what they met.

    Args:
        words: the survivors of each row, uint64 [rows].
        conv: convolution group of each row.
        activations: uint64 [convolution groups, output tiles, turns, PE columns] in C order: it is the loop
            over PE columns that the compiler makes wide.
        shift: a PE has 2^shift lanes.
    """
    pairs, meetings, round_up = met.pairs, met.meetings, (1 << shift) - 1
    for row in range(words.shape[0]):
        word, g, pe = words[row], conv[row], row % until.shape[0]
        if word:
            for turn in range(activations.shape[2]):
                for j in range(activations.shape[3]):
                    ones = popcount(word & activations[g, t, turn, j])
                    until[pe, j] += (ones + round_up) >> shift
                    pairs[j] += ones
                    meetings[j] += ones > 0


@kernel
def _meet_wide(
    weights: Words, activations: Words, lanes: int, masks: Words, met: _Met, cycles: Ints, banked: Ints
) -> None:
    """The same for stretches of any width, any lanes and operand banks, whose cycles go to ``banked``.

    Args:
        weights: uint64 [words].
        activations: uint64 [turns, PE columns, words].
        masks: :func:`bank_masks`.
    """
    for turn in range(activations.shape[0]):
        for j in range(activations.shape[1]):
            ones, most = 0, 0
            for w in range(weights.shape[0]):
                ones += popcount(weights[w] & activations[turn, j, w])
            for bank in range(masks.shape[0]):
                asked = 0
                for w in range(weights.shape[0]):
                    asked += popcount(weights[w] & activations[turn, j, w] & masks[bank, w])
                most = max(most, asked)
            need = -(-ones // lanes)
            cycles[j] += need
            met.pairs[j] += ones
            met.meetings[j] += ones > 0
            banked[j] += max(need, most)


@kernel
def _free_first(until: Ints) -> int:
    """The first of the PEs that are free first."""
    best = 0
    for pe in range(1, until.shape[0]):
        if until[pe] < until[best]:
            best = pe
    return best


@kernel
def _ones(words: Words) -> int:
    """Ones in a vector of words."""
    total = 0
    for w in range(words.shape[0]):
        total += popcount(words[w])
    return total


@kernel
def _log2(value: int) -> int:
    """The logarithm of a power of two; -1 of anything else."""
    shift = 0
    while (1 << shift) < value:
        shift += 1
    return shift if (1 << shift) == value else -1


@kernel
def pair_passes(
    weights: Words,
    activations: Words,
    out_channel: Ints,
    shape: LayerShape,
    pes: PeGrid,
    depth: int,
    columns: int,
    word_bits: int,
) -> tuple[PairTables, PairCounts]:
    """What passes take over every output tile on PEs that look for pairs, compiled.

    Args:
        weights: uint64 [stretches, m_dim, words], rows in their order on the array.
        activations: uint64 [stretches, convolution groups, output tiles, turns, PE columns, words]; zero
            where an output tile ends before its last turn does.
        out_channel: the output channel that each row is, int64 [m_dim].
        depth: positions of a stretch.
        columns: of an output tile.
    """
    stretches, m_dim, words = weights.shape
    groups, n_tiles, turns, pe_columns = activations.shape[1:5]
    tile_m = pes.rows * pes.out_channels
    m_tiles = -(-m_dim // tile_m)
    slots = np.zeros((n_tiles, m_tiles * stretches), np.int64)
    work, stream_bits = np.zeros_like(slots), np.zeros_like(slots)
    stream_words, bitmap_bits, lrf_writes, balanced, all_slots = 0, 0, 0, 0, 0
    nonzeros = np.zeros((n_tiles, groups), np.int64)
    shift = _log2(pes.lanes)
    narrow = words == 1 and pes.operand_banks == 0 and shift >= 0 and not pes.dynamic
    narrow_weights = weights.reshape(stretches, m_dim * words)
    narrow_activations = activations.reshape(stretches, groups, n_tiles, turns, pe_columns * words)
    conv, survivors = out_channel // shape.group_out_channels, np.zeros(m_dim, np.int64)
    asks = np.zeros(groups, np.bool_)
    met = _Met(np.zeros(pe_columns, np.int64), np.zeros(pe_columns, np.int64))
    cycles, banked = np.zeros(pe_columns, np.int64), np.zeros(pe_columns, np.int64)
    until = np.zeros((2, pes.rows, pe_columns), np.int64)  # of each PE, without and with operand banks
    ideal, real = until[0].reshape(-1), until[1].reshape(-1)
    for p in range(stretches):
        positions = min(depth, shape.k_dim - p * depth)
        masks = bank_masks(depth, pes.operand_banks, p * depth)
        for row in range(m_dim):
            survivors[row] = _ones(weights[p, row])
        for g in range(groups):
            for t in range(n_tiles):
                nonzeros[t, g] = _ones(activations[p, g, t].reshape(-1))
        for m in range(m_tiles):
            at = m * stretches + p
            begin, end = m * tile_m, min((m + 1) * tile_m, m_dim)
            for t in range(n_tiles):
                width = min(columns, shape.n_dim - t * columns)
                across = min(pe_columns, width)
                until[:] = 0
                asks[:] = False
                for row in range(begin, end):
                    g = conv[row]
                    if survivors[row]:
                        asks[g] = True
                        lrf_writes += survivors[row] * across + nonzeros[t, g]
                if narrow:
                    words_now, seen = narrow_weights[p, begin:end], narrow_activations[p]
                    _meet_rows(words_now, conv[begin:end], seen, t, shift, until[0], met)
                    until[1] = until[0]
                else:
                    for row in range(begin, end):
                        if survivors[row] == 0:
                            continue
                        cycles[:] = 0
                        banked[:] = 0
                        seen_wide = activations[p, conv[row], t]
                        _meet_wide(weights[p, row], seen_wide, pes.lanes, masks, met, cycles, banked)
                        pe = (row - begin) % pes.rows
                        if pes.dynamic:
                            for j in range(across):
                                first = _free_first(real)
                                ideal[first] += cycles[j]
                                real[first] += banked[j]
                        else:
                            until[0, pe] += cycles
                            until[1, pe] += banked
                for g in range(groups):
                    if asks[g]:
                        stream_words += nonzeros[t, g]
                        bitmap_bits += width * positions
                        stream_bits[t, at] += nonzeros[t, g] * word_bits + width * positions
                working = min(pes.rows, end - begin) * across
                if pes.dynamic:
                    working = min((end - begin) * across, pes.rows * pe_columns)
                slots[t, at], work[t, at] = ideal.max(), real.max()
                balanced += -(-ideal.sum() // working)
                all_slots += slots[t, at]
    pairs, meetings = met.pairs.sum(), met.meetings.sum()
    return PairTables(slots, work, stream_bits), PairCounts(
        pairs=pairs,
        accumulations=meetings,
        lrf_reads=2 * pairs,
        lrf_metadata_reads=pairs if depth > 1 else 0,
        lrf_writes=lrf_writes,
        stream_words=stream_words,
        bitmap_bits=bitmap_bits,
        balanced_slots=balanced,
        slots=all_slots,
    )
