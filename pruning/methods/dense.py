"""dense: the method that prunes nothing; the baseline that is fine-tuned as long as the others."""

from __future__ import annotations

from dataclasses import dataclass

from pruning.methods import contract
from pruning.methods.shared.matrices import Saliency
from workloads.masks import KeepMask


@dataclass(frozen=True)
class Method(contract.MaskingMethod):
    """No pruning, ``dense``."""

    def choose(self, saliency: Saliency, sparsity: float, always_kept: int) -> dict[str, KeepMask]:  # noqa: ARG002
        """All ones, whatever the sparsity asked for."""
        return {name: KeepMask.ones(*score.shape) for name, score in saliency.items()}

    def storage(self, k_dim: int) -> str:  # noqa: ARG002
        """Every weight."""
        return "dense"
