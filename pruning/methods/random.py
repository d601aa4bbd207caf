"""random: the method that draws which weights survive; what every other method has to beat."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from pruning.fields.types import require_seed
from pruning.methods import contract
from pruning.methods.shared.matrices import Saliency
from pruning.methods.shared.weight_by_weight import keep_unstructured
from workloads.masks import KeepMask


@dataclass(frozen=True)
class Method(contract.MaskingMethod):
    """Random pruning over all layers, ``random`` or ``random(seed=1)``.

    The same seed on the same layers gives masks that lie in each other as sparsity rises.
    """

    seed: int = 0

    def __post_init__(self) -> None:
        require_seed(self.seed, "pattern")

    def choose(self, saliency: Saliency, sparsity: float, always_kept: int) -> dict[str, KeepMask]:
        """Drawn without a look at the saliency, of which the shapes alone count."""
        generator = torch.Generator().manual_seed(self.seed)
        drawn = {name: torch.rand(score.shape, generator=generator) for name, score in saliency.items()}
        return keep_unstructured(drawn, sparsity, always_kept)
