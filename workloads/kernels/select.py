"""Kernels that choose which weights or blocks survive, from scores [rows, k_dim] (higher survives)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workloads.kernels.bits import WORD, kernel
from workloads.kernels.types import Bools, Scores, Words

_ONE = np.uint64(1)


@kernel
def keep_nm(score: Scores, n_keep: int, m_group: int, words: Words) -> None:
    """Keep the ``n_keep`` highest of each group of ``m_group`` along a row, ties to the lower index.

    A short group at the end of a row keeps as many as it has, up to ``n_keep``.
    """
    rows, k_dim = score.shape
    words[:, :] = 0
    whole = k_dim - k_dim % 4 if m_group == 4 else 0
    for i in range(rows):
        _keep_of_four(score[i], n_keep, whole, words[i])
        for start in range(whole, k_dim, m_group):
            stop = min(start + m_group, k_dim)
            for k in range(start, stop):
                here = score[i, k]
                better = 0
                for other in range(start, k):
                    better += score[i, other] >= here
                for other in range(k + 1, stop):
                    better += score[i, other] > here
                if better < n_keep:
                    words[i, k // WORD] |= _ONE << np.uint64(k % WORD)


@kernel
def _keep_of_four(score: Scores, n_keep: int, whole: int, words: Words) -> None:
    """Groups of four of one row without a branch on a weight, which would be guessed wrong; 9 x as fast."""
    for k in range(0, whole, 4):
        a, b, c, d = score[k], score[k + 1], score[k + 2], score[k + 3]
        ab, ac, ad = np.int64(a >= b), np.int64(a >= c), np.int64(a >= d)
        bc, bd, cd = np.int64(b >= c), np.int64(b >= d), np.int64(c >= d)
        kept = np.uint64(3 - ab - ac - ad < n_keep)  # how many of the group are better
        kept |= np.uint64(2 + ab - bc - bd < n_keep) << np.uint64(1)
        kept |= np.uint64(1 + ac + bc - cd < n_keep) << np.uint64(2)
        kept |= np.uint64(ad + bd + cd < n_keep) << np.uint64(3)
        words[k // WORD] |= kept << np.uint64(k % WORD)


@kernel
def block_scores(score: Scores, words: Words, block_m: int, block_k: int) -> npt.NDArray[np.float64]:
    """Sum of the scores of what survives in each block, in float64; no branch on a weight: 3 x as fast."""
    rows, k_dim = score.shape
    columns = -(-k_dim // block_k)
    sums = np.zeros((-(-rows // block_m), columns), np.float64)
    for i in range(rows):
        for j in range(columns):
            total = 0.0
            k, stop = j * block_k, min((j + 1) * block_k, k_dim)
            while k < stop:
                word = words[i, k // WORD] >> np.uint64(k % WORD)
                end = min(stop, (k // WORD + 1) * WORD)
                for here in range(k, end):
                    total += score[i, here] if word & _ONE else 0.0
                    word >>= _ONE
                k = end
            sums[i // block_m, j] += total
    return sums


@kernel
def clear_blocks(words: Words, k_dim: int, block_m: int, block_k: int, keep: Bools) -> None:
    """Clear every block whose ``keep`` (bool [block rows, block columns]) is false."""
    for i in range(words.shape[0]):
        for j in range(keep.shape[1]):
            if keep[i // block_m, j]:
                continue
            stop = min((j + 1) * block_k, k_dim)
            start = j * block_k
            while start < stop:
                width = min(WORD - start % WORD, stop - start)
                if width == WORD:
                    words[i, start // WORD] = 0
                else:
                    ones = ((_ONE << np.uint64(width)) - _ONE) << np.uint64(start % WORD)
                    words[i, start // WORD] &= ~ones
                start += width


@kernel
def keep_above(score: Scores, threshold: float, ties: int, words: Words) -> None:
    """Keep the scores above ``threshold`` and the first ``ties`` scores that equal it."""
    rows, k_dim = score.shape
    left = ties
    for i in range(rows):
        words[i, :] = 0
        for k in range(k_dim):
            here = score[i, k]
            if here > threshold or (here == threshold and left > 0):
                if here == threshold:
                    left -= 1
                words[i, k // WORD] |= _ONE << np.uint64(k % WORD)
