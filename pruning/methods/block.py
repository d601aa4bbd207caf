"""block: the method that removes whole blocks, the same number in every block row of a layer."""

from __future__ import annotations

from dataclasses import dataclass

from pruning.methods import contract
from pruning.methods.shared.matrices import Saliency
from pruning.methods.shared.rank_columns import keep_crisp, require_score
from workloads.masks import KeepMask
from workloads.patterns.shared.rules import require_block


@dataclass(frozen=True)
class Method(contract.MaskingMethod):
    """Block pruning alone, ``block(block=16)``."""

    block: int
    score: str = "sum"  # of a rank column: sum, mean or relative

    def __post_init__(self) -> None:
        require_block(self.block)
        require_score(self.score)

    def choose(self, saliency: Saliency, sparsity: float, always_kept: int) -> dict[str, KeepMask]:
        """CRISP's rank columns over weights of which N:M has taken none."""
        return keep_crisp(saliency, 1, 1, self.block, sparsity, self.score, always_kept)

    def storage(self, k_dim: int) -> str:  # noqa: ARG002
        """Living blocks, whole."""
        return f"block_ellpack(block={self.block})"
