"""Class-aware saliency: how much the loss on the user's classes hangs on each weight.

Of a weight: |weight| x mean over the user's samples of |gradient of that sample's loss|, gathered
while the weights are held still and batch norm keeps its running statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from pruning.finetune import class_logits, class_targets
from pruning.layout import to_gemm
from pruning.parametrize import dense_weight
from pruning.trace import evaluation_mode, weight_modules
from workloads.inputs import InputError


def class_saliency(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    classes: Sequence[int] | None = None,
    *,
    layers: Iterable[str] | None = None,
    after_sample: Callable[[], None] | None = None,
) -> dict[str, Tensor]:
    """Saliency of every weight: float32 [m_dim, k_dim] a layer, k ordered (r, s, c).

    The loss is the cross entropy over the logits of ``classes``. Samples go one by one, which costs
    no more than ``torch.func.vmap`` on a CPU (20 ms against 17 to 32 ms a sample in ResNet-20) and
    holds one gradient at a time. A masked weight has the gradient that the straight-through estimator
    gives it.

    Args:
        images: float [count, channels, height, width], of the user's classes alone.
        labels: int64 [count].
        classes: the user's class labels; all if not given.
        layers: names of the layers to score; all convolutions and linear layers if not given.

    Raises:
        InputError: no sample, a layer that the loss does not depend on, or a gradient that is NaN
            or infinite.
    """
    if not len(images):
        raise InputError("saliency: expected at least one sample of the user's classes, got none")
    modules = weight_modules(model)
    names = list(modules if layers is None else layers)
    weights = [dense_weight(modules[name]) for name in names]
    sums = [torch.zeros_like(weight) for weight in weights]
    if classes is not None and not bool(torch.isin(labels, torch.tensor(list(classes))).all()):
        raise InputError(f"saliency: expected samples of the classes {list(classes)} alone, got others")
    targets = class_targets(labels, classes)
    with evaluation_mode(model):
        for index in range(len(images)):
            logits = class_logits(model(images[index : index + 1]), classes)
            loss = functional.cross_entropy(logits, targets[index : index + 1])
            gradients = _gradients(loss, weights, names)
            for total, gradient in zip(sums, gradients, strict=True):
                total += gradient.abs()
            if after_sample is not None:
                after_sample()
    result = {}
    for name, weight, total in zip(names, weights, sums, strict=True):
        score = to_gemm(weight.detach().abs() * total / len(images)).float()
        if not bool(torch.isfinite(score.sum(dtype=torch.float64))):
            raise InputError(f"{name}: saliency: expected finite gradients, got NaN or infinity")
        result[name] = score
    return result


def _gradients(loss: Tensor, weights: list[Tensor], names: list[str]) -> Sequence[Tensor]:
    if not loss.requires_grad:
        raise InputError("saliency: expected weights that require a gradient, got a loss without one")
    gradients = torch.autograd.grad(loss, weights, allow_unused=True)
    for name, gradient in zip(names, gradients, strict=True):
        if gradient is None:
            raise InputError(f"{name}: saliency: expected a layer that the loss depends on, got no gradient")
    return gradients
