"""Straight-through masks as parametrisations of plain weights: forward sees masked ones, the gradient all.

A masked weight goes on learning, and may come back when the next mask is chosen. A step so taken adds
the gradient at the pruned weights to the dense ones, which is the mask feedback of DPF (Lin, Stich, Barba,
Dmitriev, Jaggi 2020, arXiv 2006.07253): there is no other state to correct.

With a decay, the gradient of a masked weight gets ``decay x weight`` on top: SR-STE (Zhou et al., "Learning
N:M Fine-grained Structured Sparse Neural Networks From Scratch", 2021, arXiv 2102.04010), which calms
weights that would come and go; the paper takes 2e-4. It is part of the backward pass, not of the optimiser:
it is added once for each use of the weight in each backward pass. A module that runs twice decays twice as
fast, and so does a step over two micro-batches. A factor on the loss does not scale it: after a loss scale
of 1024 has been divided out again, a 1024th of the decay is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from pruning.fields.types import require_decay
from pruning.network.layers import Prunable
from workloads.inputs import InputError
from workloads.inputs.values import shown


class _MaskedStraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, weight: Tensor, keep: Tensor, decay: float) -> Tensor:
        ctx.decay = decay
        if decay:
            ctx.save_for_backward(weight, keep)
        return weight * keep.view(torch.int8)  # three times as fast as by bool

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        gradient = gradients[0]
        if ctx.decay:
            weight, keep = ctx.saved_tensors
            gradient = gradient.add(weight.masked_fill(keep, 0), alpha=ctx.decay)
        return gradient, None, None


class StraightThroughMask(nn.Module):
    """Multiplies a weight by ``keep`` (bool, the weight's shape); its gradient passes as it is.

    Args:
        decay: of masked weights, added to their gradient in every backward pass and for every use of the
            weight in it, whatever the loss is multiplied by. 0 adds nothing.

    While ``lifted`` is set the weight passes whole, and nothing decays.
    """

    keep: Tensor

    def __init__(self, keep: Tensor, decay: float = 0.0) -> None:
        super().__init__()
        if not isinstance(keep, Tensor) or keep.dtype != torch.bool:
            got = (
                f"one of {str(keep.dtype).removeprefix('torch.')}"
                if isinstance(keep, Tensor)
                else shown(keep)
            )
            raise TypeError(f"keep: expected a tensor of bool, got {got}")
        require_decay("sr_ste_decay", decay)
        self.register_buffer("keep", keep)
        self.decay = decay
        self.lifted = False

    def forward(self, weight: Tensor) -> Tensor:
        """The masked weight."""
        if self.lifted:
            return weight
        masked: Tensor = _MaskedStraightThrough.apply(weight, self.keep, self.decay)
        return masked


def require_own_weights(model: nn.Module, layers: Mapping[str, Prunable]) -> None:
    """Raise :class:`InputError` unless each layer of ``model`` has a plain weight that no other module has.

    A mask on a shared weight would be written into the other module's too, and on a weight that is
    computed into what it is computed from.
    """
    owners: dict[int, list[str]] = {}
    for name, module in model.named_modules():
        if isinstance(module, StraightThroughMask):
            raise InputError("model: expected a model that is not prepared yet, got one with masks")
        for parameter in module._parameters.values():
            owners.setdefault(id(parameter), []).append(name or "the model itself")
    for name, layer in layers.items():
        weight = layer._parameters.get("weight")
        if weight is None:
            raise InputError(f"{name}: expected a weight that is a parameter of its own, got a computed one")
        others = [owner for owner in owners[id(weight)] if owner != name]
        if others:
            raise InputError(f"{name}: expected a weight of its own, got one that it shares with {others[0]}")


def attach_mask(module: Prunable, decay: float = 0.0) -> None:
    """Mask the weight of ``module``, at first with all ones; masked weights may decay."""
    keep = torch.ones_like(module.weight, dtype=torch.bool)
    parametrize.register_parametrization(module, "weight", StraightThroughMask(keep, decay))


def mask_of(module: Prunable) -> StraightThroughMask:
    """The straight-through mask of a module that :func:`attach_mask` was given."""
    mask = module.get_submodule("parametrizations.weight.0")
    assert isinstance(mask, StraightThroughMask)
    return mask


def remove_mask(module: Prunable) -> None:
    """Make the masked weight the module's own: zeros where pruned, a plain parameter again."""
    parametrize.remove_parametrizations(module, "weight", leave_parametrized=True)
