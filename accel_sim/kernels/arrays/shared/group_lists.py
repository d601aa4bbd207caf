"""Compiled: lists of groups that rows walk, of living blocks or surviving weights (rules 3, 4 and 11).

A *list* names, in order, the groups of ``m_group`` consecutive k positions that a run of rows walks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from accel_sim.kernels.jit import kernel
from workloads.kernels.types import Bools, Counts, Ints, Words


class Lists(NamedTuple):
    """Lists of groups, one after another."""

    starts: Ints  # int64 [lists + 1], where each begins in the two that follow
    groups: Counts  # int32 [groups of all lists], which group of k each is
    heads: npt.NDArray[np.uint8]  # likewise, 1 where an entry of the block index begins, or a row


@kernel
def living_weights(alive: Bools, side: int, m_dim: int, k_dim: int) -> int:
    """Weights in the living blocks of ``side`` x ``side``, pruned ones among them.

    Args:
        alive: bool [block rows, block columns].
    """
    total = 0
    for i in range(alive.shape[0]):
        width = 0
        for j in range(alive.shape[1]):
            if alive[i, j]:
                width += min(side, k_dim - j * side)
        total += width * min(side, m_dim - i * side)
    return total


@kernel
def block_lists(alive: Bools, k_dim: int, block_k: int, m_group: int) -> Lists:
    """Lists of the groups in living blocks, one for each row of ``alive``: bool [block rows, blocks of k]."""
    block_rows, block_columns = alive.shape
    per_block = np.zeros(block_columns, np.int64)
    for j in range(block_columns):
        per_block[j] = -(-(min((j + 1) * block_k, k_dim) - j * block_k) // m_group)
    starts = np.zeros(block_rows + 1, np.int64)
    for i in range(block_rows):
        size = 0
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
    return Lists(starts, groups, heads)


@kernel
def element_lists(words: Words, k_dim: int) -> Lists:
    """Lists of the surviving weights themselves, one a row, which the row's pointer heads.

    Args:
        words: the mask, uint64 [rows, words of a row].
    """
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
    return Lists(starts, groups, heads)
