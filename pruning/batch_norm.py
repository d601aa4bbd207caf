"""Batch norm after a change of weights: statistics gathered anew.

Masks shrink a layer's outputs many times over; a running average that still holds a few percent of the
old variance then scales everything wrongly, in evaluation and in the saliency gathered there.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


@torch.no_grad()
def reestimate_batch_norm(model: nn.Module, images: Tensor, batch_size: int = 64) -> None:
    """Set running mean and variance of every batch norm to their plain average over ``images``.

    Args:
        images: float [count, channels, height, width]; a last batch that is not full is left out
            unless it is the only one.
    """
    norms = [m for m in model.modules() if isinstance(m, _BatchNorm) and m.track_running_stats]
    momenta = [norm.momentum for norm in norms]
    modes = {module: module.training for module in model.modules()}
    model.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # cumulative average
        norm.train()
    try:
        for start in range(0, max(1, len(images) - batch_size + 1), batch_size):
            model(images[start : start + batch_size])
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
        for module, mode in modes.items():
            module.training = mode
