"""Kernels on the runs of zeros in packed masks."""

from __future__ import annotations

import numpy as np

from workloads.kernels.bits import WORD, kernel, popcount
from workloads.kernels.types import Words


@kernel
def count_full_runs(words: Words, k_dim: int, span: int) -> int:
    """How often ``span`` zeros in a row fit before a survivor, over the rows one after the other.

    Returns the sum of ``zeros // span`` over the survivors, where ``zeros`` lie between a survivor
    and the one before it (or the begin of the matrix).
    """
    total = 0
    last = -1
    for i in range(words.shape[0]):
        for j in range(words.shape[1]):
            word = words[i, j]
            base = i * k_dim + j * WORD
            while word:
                lowest = word & (~word + np.uint64(1))
                place = base + popcount(lowest - np.uint64(1))
                total += (place - last - 1) // span
                last = place
                word ^= lowest
    return total
