"""crisp: the method that takes N:M first, then removes as many blocks of every block row of a layer."""

from __future__ import annotations

from dataclasses import dataclass

from pruning.methods import contract
from pruning.methods.shared.matrices import Saliency
from pruning.methods.shared.rank_columns import keep_crisp, require_hybrid, require_score
from workloads.masks import KeepMask


@dataclass(frozen=True)
class Method(contract.MaskingMethod):
    """CRISP's hybrid pruning, ``crisp(2:4, block=16)``."""

    n_keep: int
    m_group: int
    block: int
    score: str = "sum"  # of a rank column: sum, mean or relative

    def __post_init__(self) -> None:
        require_hybrid(self.n_keep, self.m_group, self.block)
        require_score(self.score)

    def choose(self, saliency: Saliency, sparsity: float, always_kept: int) -> dict[str, KeepMask]:
        """N:M first, then rank columns of blocks over all layers."""
        return keep_crisp(saliency, self.n_keep, self.m_group, self.block, sparsity, self.score, always_kept)

    def storage(self, k_dim: int) -> str:  # noqa: ARG002
        """Slots in the living blocks."""
        return f"crisp({self.n_keep}:{self.m_group}, block={self.block})"
