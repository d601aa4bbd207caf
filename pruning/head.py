"""A classifier of the user's classes alone: the rows of the others leave the network."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from pruning.trace import trace_layers, weight_modules
from workloads.inputs import InputError


@torch.no_grad()
def narrow_head(
    model: nn.Module, classes: Sequence[int], class_count: int, image_shape: tuple[int, int, int]
) -> None:
    """Leave the rows of ``classes``, in that order, in the linear layer that runs last; in place.

    Args:
        class_count: outputs that the layer has now.
        image_shape: channels, height, width of one input.

    Raises:
        InputError: the layer that runs last is not a linear one with ``class_count`` outputs.
    """
    name = trace_layers(model, image_shape)[-1].name
    head = weight_modules(model)[name]
    if not isinstance(head, nn.Linear) or head.out_features != class_count:
        raise InputError(
            f"{name}: head: expected a linear layer with {class_count} outputs to run last, got {head}"
        )
    rows = torch.tensor(list(classes), device=head.weight.device)
    head.out_features = len(classes)
    head.weight = nn.Parameter(head.weight[rows].clone())
    if head.bias is not None:
        head.bias = nn.Parameter(head.bias[rows].clone())
