"""nm: the method that keeps the n_keep highest of every m_group consecutive weights along k."""

from __future__ import annotations

from dataclasses import dataclass

from pruning.methods import contract
from pruning.methods.shared.matrices import Saliency
from pruning.methods.shared.rank_columns import keep_nm_alone
from workloads.masks import KeepMask
from workloads.patterns.shared.rules import require_nm


@dataclass(frozen=True)
class Method(contract.MaskingMethod):
    """N:M pruning alone, ``nm(2:4)``; its sparsity follows from the pattern."""

    n_keep: int
    m_group: int

    def __post_init__(self) -> None:
        require_nm(self.n_keep, self.m_group)

    def choose(self, saliency: Saliency, sparsity: float, always_kept: int) -> dict[str, KeepMask]:  # noqa: ARG002
        """The ``n_keep`` highest of each group, whatever the sparsity asked for."""
        return keep_nm_alone(saliency, self.n_keep, self.m_group)

    def storage(self, k_dim: int) -> str:
        """Slots of one block that is as wide as a row, whose last group may be short."""
        return f"crisp({self.n_keep}:{self.m_group}, block={-(-k_dim // self.m_group) * self.m_group})"
