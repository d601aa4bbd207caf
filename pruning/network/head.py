"""Cut a classifier down to the user's classes: the rows of the others leave the network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import nn

from pruning.network.layers import module_name, weight_modules
from pruning.network.trace import trace_program
from workloads.inputs import InputError


@torch.no_grad()
def narrow_head(
    model: nn.Module,
    classes: Sequence[int],
    class_count: int,
    image_shape: tuple[int, int, int],
    leave: Iterable[str] = (),
) -> None:
    """Leave the rows of ``classes``, in that order, in the linear layer that runs last; in place.

    Args:
        class_count: outputs that the layer has now.
        image_shape: channels, height, width of one input.
        leave: as of :func:`~pruning.network.trace.trace_program`.

    Raises:
        InputError: the layer that runs last is not a linear one with ``class_count`` outputs.
    """
    name = module_name(trace_program(model, image_shape, leave).uses[-1].name)
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
