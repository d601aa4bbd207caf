"""Batch norm after a change of weights: statistics gathered anew.

Masks shrink a layer's outputs many times over; a running average that still holds a few percent of the
old variance then scales everything wrongly, in evaluation and in the saliency gathered there.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from pruning.network.layers import evaluation_mode
from workloads.inputs import InputError
from workloads.inputs.values import instance, whole_number


@torch.no_grad()
def reestimate_batch_norm(model: nn.Module, images: Tensor, batch_size: int = 64) -> None:
    """Set running mean and variance of every batch norm that runs to their plain average over ``images``.

    One that does not run, as of a head for training alone, keeps what it has; if the model raises, all do.

    Args:
        images: float [count, channels, height, width]; a last batch that is not full is left out
            unless it is the only one.

    Raises:
        InputError: no image, or a batch size below 1.
    """
    instance(model, nn.Module, "model")
    instance(images, Tensor, "images")
    batch_size = whole_number(batch_size, "batch_size", 1)
    if images.ndim != 4:
        raise InputError(f"images: expected [count, channels, height, width], got {tuple(images.shape)}")
    if not len(images):
        raise InputError("images: expected at least one to measure batch norm on, got none")
    norms = [m for m in model.modules() if isinstance(m, _BatchNorm) and m.track_running_stats]
    momenta = [norm.momentum for norm in norms]
    before = [{name: value.clone() for name, value in norm.named_buffers(recurse=False)} for norm in norms]
    measured: set[nn.Module] = set()
    with evaluation_mode(model):
        try:
            for norm in norms:
                norm.reset_running_stats()
                norm.momentum = None  # cumulative average
                norm.train()
            for start in range(0, max(1, len(images) - batch_size + 1), batch_size):
                model(images[start : start + batch_size])
            measured.update(norm for norm in norms if norm.num_batches_tracked)
        finally:
            for norm, momentum, values in zip(norms, momenta, before, strict=True):
                norm.momentum = momentum
                for name, value in values.items() if norm not in measured else ():
                    norm.get_buffer(name).copy_(value)
