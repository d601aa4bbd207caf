"""unstructured: any weight may survive."""

from __future__ import annotations

from dataclasses import dataclass

from pruning.masks import Saliency, keep_unstructured
from workloads.masks import KeepMask


@dataclass(frozen=True)
class Method:
    """Element-wise pruning over all layers, ``unstructured``."""

    def choose(self, saliency: Saliency, sparsity: float, always_kept: int) -> dict[str, KeepMask]:
        """The highest saliency of the whole network."""
        return keep_unstructured(saliency, sparsity, always_kept)
