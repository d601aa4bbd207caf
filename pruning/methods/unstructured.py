"""unstructured: the method that keeps the highest saliency of the whole network, or of each layer."""

from __future__ import annotations

from dataclasses import dataclass

from pruning.methods import contract
from pruning.methods.shared.matrices import Saliency
from pruning.methods.shared.weight_by_weight import keep_unstructured, keep_unstructured_per_layer
from workloads.inputs import InputError
from workloads.masks import KeepMask

_SCOPES = ("global", "layer")


@dataclass(frozen=True)
class Method(contract.MaskingMethod):
    """Element-wise pruning, ``unstructured`` over all layers or ``unstructured(scope=layer)``."""

    scope: str = "global"  # what weights are compared in: global or layer

    def __post_init__(self) -> None:
        if self.scope not in _SCOPES:
            raise InputError(f"pattern: scope: expected one of {', '.join(_SCOPES)}, got {self.scope!r}")

    def choose(self, saliency: Saliency, sparsity: float, always_kept: int) -> dict[str, KeepMask]:
        """The highest saliency of the whole network, or the same share of each layer."""
        keep = keep_unstructured_per_layer if self.scope == "layer" else keep_unstructured
        return keep(saliency, sparsity, always_kept)
