"""block: whole block x block squares survive or vanish."""

from __future__ import annotations

from dataclasses import dataclass

from workloads.kernels.bits import first_partial_block
from workloads.kernels.select import block_scores, clear_blocks
from workloads.masks import KeepMask
from workloads.patterns import contract
from workloads.patterns.contract import Scores, check_scores
from workloads.patterns.shared.rules import best_blocks_per_row, require_block, require_density


@dataclass(frozen=True)
class Pattern(contract.Pattern):
    """Block sparsity, ``block(block=16, density=0.1)``."""

    block: int
    density: float

    def __post_init__(self) -> None:
        require_block(self.block)
        require_density(self.density)

    @property
    def rows_apart(self) -> int:
        """A block row, which keeps as many blocks as any other."""
        return self.block

    def keep_mask(self, score: Scores) -> KeepMask:
        """The same number of highest-sum blocks in every block row, at least one."""
        array = check_scores(score)
        words = KeepMask.ones(*array.shape).words.copy()
        keep = best_blocks_per_row(block_scores(array, words, self.block, self.block), self.density)
        clear_blocks(words, array.shape[1], self.block, self.block, keep)
        return KeepMask(words, array.shape[1])

    def check(self, mask: KeepMask) -> str | None:
        """No block is kept in part; the number of blocks in a block row is free."""
        i, j = first_partial_block(mask.words, mask.k_dim, self.block, self.block)
        return None if i < 0 else f"block ({i}, {j}) is kept only in part"
