"""crisp: N:M inside the surviving blocks, the same number of blocks in every block row.

The hybrid pattern of CRISP (Aggarwal, Binici, Mitra, DATE 2024): the intersection of an N:M mask
and a block mask.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workloads.inputs import InputError
from workloads.kernels.select import block_scores, clear_blocks, keep_nm
from workloads.masks import KeepMask
from workloads.patterns import contract
from workloads.patterns.contract import Scores, check_scores
from workloads.patterns.shared.rules import best_blocks_per_row, require_block, require_density, require_nm


@dataclass(frozen=True)
class Pattern(contract.Pattern):
    """Hybrid sparsity, ``crisp(2:4, block=16, density=0.1)``; density counts both masks together."""

    n_keep: int
    m_group: int
    block: int
    density: float

    def __post_init__(self) -> None:
        require_nm(self.n_keep, self.m_group)
        require_block(self.block)
        require_density(self.density, self.n_keep / self.m_group)
        if self.block % self.m_group:
            raise InputError(
                f"pattern: block: expected a multiple of m_group={self.m_group}, got {self.block}"
            )

    @property
    def rows_apart(self) -> int:
        """A block row, which keeps as many blocks as any other."""
        return self.block

    def keep_mask(self, score: Scores) -> KeepMask:
        """N:M first, then the blocks whose survivors have the highest sums."""
        array = check_scores(score)
        words = KeepMask.blank(*array.shape)
        keep_nm(array, self.n_keep, self.m_group, words)
        fraction = self.density * self.m_group / self.n_keep
        keep = best_blocks_per_row(block_scores(array, words, self.block, self.block), fraction)
        clear_blocks(words, array.shape[1], self.block, self.block, keep)
        return KeepMask(words, array.shape[1])

    def check(self, mask: KeepMask) -> str | None:
        """N:M everywhere, and equally many living blocks in every block row."""
        if not mask.obeys(self.n_keep, self.m_group):
            return f"a group of {self.m_group} keeps more than {self.n_keep} weights"
        living = mask.living_blocks(self.block, self.block).sum(axis=1)
        if np.ptp(living):
            return f"block rows keep from {living.min()} to {living.max()} blocks, not equally many"
        return None
