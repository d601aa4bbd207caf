"""Straight-through masks as parametrisations: the forward pass sees masked weights, the gradient all.

A masked weight goes on learning, and may come back when the next mask is chosen.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from pruning.trace import Prunable


class _MaskedStraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, weight: Tensor, keep: Tensor) -> Tensor:  # noqa: ARG004
        return weight * keep

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:  # noqa: ARG004
        return gradients[0], None


class StraightThroughMask(nn.Module):
    """Multiplies a weight by ``keep`` (bool, the weight's shape); its gradient passes as it is.

    While ``lifted`` is set the weight passes whole.
    """

    keep: Tensor

    def __init__(self, keep: Tensor) -> None:
        super().__init__()
        self.register_buffer("keep", keep)
        self.lifted = False

    def forward(self, weight: Tensor) -> Tensor:
        """The masked weight."""
        if self.lifted:
            return weight
        masked: Tensor = _MaskedStraightThrough.apply(weight, self.keep)
        return masked


def dense_weight(module: Prunable) -> Tensor:
    """The weight that learns, without its mask: a leaf of autograd's graph."""
    if parametrize.is_parametrized(module, "weight"):
        original: Tensor = module.parametrizations.weight.original  # type: ignore[union-attr, assignment]
        return original
    return module.weight


def attach_mask(module: Prunable) -> None:
    """Mask the weight of ``module``, at first with all ones."""
    keep = torch.ones_like(module.weight, dtype=torch.bool)
    parametrize.register_parametrization(module, "weight", StraightThroughMask(keep))


def mask_of(module: Prunable) -> StraightThroughMask:
    """The mask of a module that :func:`attach_mask` was given."""
    mask = module.get_submodule("parametrizations.weight.0")
    assert isinstance(mask, StraightThroughMask)
    return mask


def remove_mask(module: Prunable) -> None:
    """Make the masked weight the module's own: zeros where pruned, a plain parameter again."""
    parametrize.remove_parametrizations(module, "weight", leave_parametrized=True)
