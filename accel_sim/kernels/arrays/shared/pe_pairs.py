"""Meetings of surviving weights and non-zero activations on PEs that have a channel each (rules 11a, 11b)."""

from __future__ import annotations

import numpy as np

from accel_sim.kernels.jit import kernel
from workloads.kernels.bits import popcount

# Counts of a layer.
PAIRS, MEETINGS, STREAM_WORDS, STREAM_BITS, LRF_WRITES, BALANCED, SLOTS = range(7)
COUNTS = 7


@kernel
def bank_masks(depth, banks, first):
    """Which positions of a stretch that begins at k = ``first`` lie in each bank: uint64 [banks, words]."""
    masks = np.zeros((banks, -(-depth // 64)), np.uint64)
    for i in range(depth if banks else 0):
        masks[(first + i) % banks, i >> 6] |= np.uint64(1) << np.uint64(i & 63)
    return masks


@kernel
def _meet_rows(words, group, activations, t, round_up, shift, until, pairs, meetings):
    """What the rows of an m tile find in a stretch of one word, over output tile ``t``.

    Adds to the cycles of PEs (``until`` [PE rows, PE columns]), to pairs and to meetings [PE columns].

    Args:
        words: the survivors of each row, uint64 [rows].
        group: convolution group of each row.
        activations: uint64 [convolution groups, output tiles, turns, PE columns] in C order: it is the loop
            over PE columns that the compiler makes wide.
        round_up, shift: cycles are (pairs + round_up) >> shift.
    """
    for row in range(words.shape[0]):
        word, g, pe = words[row], group[row], row % until.shape[0]
        if word:
            for turn in range(activations.shape[2]):
                for j in range(activations.shape[3]):
                    ones = popcount(word & activations[g, t, turn, j])
                    until[pe, j] += (ones + round_up) >> shift
                    pairs[j] += ones
                    meetings[j] += ones > 0


@kernel
def _meet_wide(weights, activations, lanes, masks, cycles, pairs, meetings, banked):
    """The same for stretches of any width, any lanes and operand banks, whose cycles go to ``banked``.

    Args:
        weights: uint64 [words].
        activations: uint64 [turns, PE columns, words].
        masks: :func:`bank_masks`.
    """
    for turn in range(activations.shape[0]):
        for j in range(activations.shape[1]):
            ones, most = np.int64(0), np.int64(0)
            for w in range(weights.shape[0]):
                ones += popcount(weights[w] & activations[turn, j, w])
            for bank in range(masks.shape[0]):
                asked = np.int64(0)
                for w in range(weights.shape[0]):
                    asked += popcount(weights[w] & activations[turn, j, w] & masks[bank, w])
                most = max(most, asked)
            need = -(-ones // lanes)
            cycles[j] += need
            pairs[j] += ones
            meetings[j] += ones > 0
            banked[j] += max(need, most)


@kernel
def _free_first(until):
    """The first of the PEs that are free first."""
    best = 0
    for pe in range(1, until.shape[0]):
        if until[pe] < until[best]:
            best = pe
    return best


@kernel
def _ones(words):
    """Ones in a vector of words."""
    total = np.int64(0)
    for w in range(words.shape[0]):
        total += popcount(words[w])
    return total


@kernel
def _log2(value):
    """The logarithm of a power of two; -1 of anything else."""
    shift = 0
    while (1 << shift) < value:
        shift += 1
    return shift if (1 << shift) == value else -1


@kernel
def pair_passes(weights, activations, channel, shape, array, width):
    """Slots, work and stream of every pass over every output tile.

    Args:
        weights: uint64 [stretches, m_dim, words], rows in their order on the array.
        activations: uint64 [stretches, convolution groups, output tiles, turns, PE columns, words]; zero
            where an output tile ends before its last turn does.
        channel: the output channel that each row is, int64 [m_dim].
        shape: k_dim, n_dim, channels of a convolution group, columns of an output tile, bits of a word.
        array: PE rows, channels of a PE row, lanes, operand banks (0: none), whether PEs take their work
            from a queue.
        width: positions of a stretch.

    Returns:
        int64 [output tiles, passes] each, and int64 [COUNTS].
    """
    k_dim, n_dim, group_rows, columns, word_bits = shape
    pe_rows, rows_per_pe, lanes, banks, dynamic = array
    stretches, m_dim, words = weights.shape
    groups, n_tiles, turns, pe_columns = activations.shape[1:5]
    tile_rows = pe_rows * rows_per_pe
    m_tiles = -(-m_dim // tile_rows)
    slots = np.zeros((n_tiles, m_tiles * stretches), np.int64)
    work, bits = np.zeros_like(slots), np.zeros_like(slots)
    counts = np.zeros(COUNTS, np.int64)
    nonzeros = np.zeros((n_tiles, groups), np.int64)
    shift = _log2(lanes)
    narrow = words == 1 and banks == 0 and shift >= 0 and not dynamic
    narrow_weights = weights.reshape(stretches, m_dim * words)
    narrow_activations = activations.reshape(stretches, groups, n_tiles, turns, pe_columns * words)
    group, survivors = channel // group_rows, np.zeros(m_dim, np.int64)
    asks = np.zeros(groups, np.bool_)
    pairs, meetings = np.zeros(pe_columns, np.int64), np.zeros(pe_columns, np.int64)
    cycles, banked = np.zeros(pe_columns, np.int64), np.zeros(pe_columns, np.int64)
    until = np.zeros((2, pe_rows, pe_columns), np.int64)  # of each PE, without and with operand banks
    ideal, real = until[0].reshape(-1), until[1].reshape(-1)
    for p in range(stretches):
        positions = min(width, k_dim - p * width)
        masks = bank_masks(width, banks, p * width)
        for row in range(m_dim):
            survivors[row] = _ones(weights[p, row])
        for g in range(groups):
            for t in range(n_tiles):
                nonzeros[t, g] = _ones(activations[p, g, t].reshape(-1))
        for m in range(m_tiles):
            at = m * stretches + p
            begin, end = m * tile_rows, min((m + 1) * tile_rows, m_dim)
            for t in range(n_tiles):
                across = min(pe_columns, n_dim - t * columns, columns)
                until[:] = 0
                asks[:] = False
                for row in range(begin, end):
                    g = group[row]
                    if survivors[row]:
                        asks[g] = True
                        counts[LRF_WRITES] += survivors[row] * across + nonzeros[t, g]
                if narrow:
                    words_now, seen = narrow_weights[p, begin:end], narrow_activations[p]
                    _meet_rows(
                        words_now, group[begin:end], seen, t, lanes - 1, shift, until[0], pairs, meetings
                    )
                    until[1] = until[0]
                else:
                    for row in range(begin, end):
                        if survivors[row] == 0:
                            continue
                        cycles[:] = 0
                        banked[:] = 0
                        seen_wide = activations[p, group[row], t]
                        _meet_wide(weights[p, row], seen_wide, lanes, masks, cycles, pairs, meetings, banked)
                        pe = (row - begin) % pe_rows
                        if dynamic:
                            for j in range(across):
                                first = _free_first(real)
                                ideal[first] += cycles[j]
                                real[first] += banked[j]
                        else:
                            until[0, pe] += cycles
                            until[1, pe] += banked
                for g in range(groups):
                    if asks[g]:
                        of_bits = min(columns, n_dim - t * columns) * positions
                        counts[STREAM_WORDS] += nonzeros[t, g]
                        counts[STREAM_BITS] += of_bits
                        bits[t, at] += nonzeros[t, g] * word_bits + of_bits
                working = min(pe_rows, end - begin) * across
                if dynamic:
                    working = min((end - begin) * across, pe_rows * pe_columns)
                slots[t, at], work[t, at] = ideal.max(), real.max()
                counts[BALANCED] += -(-ideal.sum() // working)
                counts[SLOTS] += slots[t, at]
    counts[PAIRS], counts[MEETINGS] = pairs.sum(), meetings.sum()
    return slots, work, bits, counts
