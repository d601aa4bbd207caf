"""Class-aware saliency and its parts: samples' labels, the loss on the user's classes, gradients, scores.

Of a weight: |weight| x mean over the user's samples of |gradient of that sample's loss|, gathered
while the weights are held still and batch norm keeps its running statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from pruning.fields.types import names_of
from pruning.network.layers import dense_weight, evaluation_mode, weight_modules
from pruning.network.layout import to_gemm
from pruning.network.logits import class_logits, class_targets, logits_of
from workloads.inputs import InputError, did_you_mean
from workloads.inputs.values import instance, one_of, shown, whole_number

_OVER_CLASSES = ("mean", "max")


def class_saliency(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    classes: Sequence[int] | None = None,
    *,
    layers: Iterable[str] | None = None,
    after_sample: Callable[[], None] | None = None,
    over_classes: str = "mean",
) -> dict[str, Tensor]:
    """Class-aware saliency of every weight: float32 [m_dim, k_dim] a layer, k ordered (r, s, c).

    The loss is the cross entropy over the logits of ``classes``. Samples go one by one, which costs
    no more than ``torch.func.vmap`` on a CPU (20 ms against 17 to 32 ms a sample in ResNet-20) and
    holds one gradient at a time. A masked weight has the gradient that the straight-through estimator
    gives it.

    Args:
        images: float [count, channels, height, width], of the user's classes alone.
        labels: int64 [count].
        classes: the user's class labels; all if not given.
        layers: names of the layers to score; all convolutions and linear layers if not given.
        over_classes: ``mean`` over all samples, or ``max``: the highest of the means over the samples
            of one class.

    Raises:
        InputError: no sample, another number of labels than of images, a label of another class, a class
            that the network does not have or that is given twice, no layer of such a name, a layer that
            the loss does not depend on, or a gradient that is NaN or infinite.
    """
    instance(model, nn.Module, "model")
    require_over_classes(over_classes)
    if after_sample is not None and not callable(after_sample):
        raise TypeError(f"after_sample: expected a function, got {shown(after_sample)}")
    layers = None if layers is None else names_of("layers", layers)
    require_labels(images, labels)
    targets = sample_targets(labels, classes)
    weights = scored_weights(model, layers)
    groups = [torch.arange(len(targets))]
    if over_classes == "max":
        groups = [torch.nonzero(targets == target).flatten() for target in targets.unique()]
    result: dict[str, Tensor] = {}
    with evaluation_mode(model):
        for group in groups:
            sums = zero_sums(weights.values())
            for index in group.tolist():
                here = slice(index, index + 1)
                loss = class_loss(model, images[here], targets[here], classes)
                for total, gradient in zip(sums, loss_gradients(loss, weights), strict=True):
                    total += gradient.abs()
                if after_sample is not None:
                    after_sample()
            for name, weight in weights.items():
                total = sums.pop(0)  # gone once its score is there: networks are large
                score = as_score(name, total.mul_(weight.detach().abs()).div_(len(group)))
                result[name] = torch.maximum(result[name], score) if name in result else score
    return result


def require_over_classes(over_classes: str) -> None:
    """Raise :class:`InputError` unless the name is one of a way to join a saliency's classes."""
    one_of(over_classes, _OVER_CLASSES, "saliency: over_classes")


def scored_weights(model: nn.Module, layers: Iterable[str] | None) -> dict[str, Tensor]:
    """The weights to score: those that learn of the layers named, or of all convolutions and linear layers.

    Raises:
        InputError: the model has no such layer, or there is none to score.
    """
    if layers is not None and (isinstance(layers, str) or not isinstance(layers, Iterable)):
        raise TypeError(f"layers: expected names, got {shown(layers)}")
    modules = weight_modules(model)
    names = list(modules if layers is None else layers)
    if not names:
        raise InputError("layers: expected one convolution or linear layer at least, got none")
    for name in names:
        if name not in modules:
            raise InputError(
                f"layers: expected convolutions or linear layers, got {name!r}{did_you_mean(name, modules)}"
            )
    return {name: dense_weight(modules[name]) for name in names}


def zero_sums(weights: Iterable[Tensor]) -> list[Tensor]:
    """Where a score for each weight is summed up: at least float32, of which half floats lose too much."""
    return [
        torch.zeros_like(weight, dtype=torch.promote_types(weight.dtype, torch.float32)) for weight in weights
    ]


def require_labels(images: Tensor, labels: Tensor) -> None:
    """Raise :class:`InputError` unless samples have one label an image, TypeError unless both are tensors."""
    instance(images, Tensor, "images")
    instance(labels, Tensor, "labels")
    if labels.ndim != 1 or len(images) != len(labels):
        raise InputError(
            f"saliency: expected a label for each of {len(images)} images, got shape {tuple(labels.shape)}"
        )


def sample_targets(labels: Tensor, classes: Sequence[int] | None) -> Tensor:
    """Labels of a saliency's samples, checked, as indices into the user's classes.

    Raises:
        InputError: no sample, or one of another class, or classes that are negative or given twice.
    """
    if classes is not None:
        if not isinstance(classes, Sequence):
            raise TypeError(f"classes: expected a list of labels, got {shown(classes)}")
        classes = [whole_number(label, "saliency: classes", 0) for label in classes]
    if classes is not None and (min(classes, default=0) < 0 or len(set(classes)) < len(classes)):
        raise InputError(f"saliency: expected classes from 0 on, each of them once, got {list(classes)}")
    if not len(labels):
        raise InputError("saliency: expected at least one sample of the user's classes, got none")
    if classes is not None and not bool(
        torch.isin(labels, torch.tensor(list(classes), device=labels.device)).all()
    ):
        raise InputError(f"saliency: expected samples of the classes {list(classes)} alone, got others")
    return class_targets(labels, classes)


def class_loss(model: nn.Module, images: Tensor, targets: Tensor, classes: Sequence[int] | None) -> Tensor:
    """Mean cross entropy over the logits of ``classes``.

    Raises:
        InputError: the network gives no logits, or none for one of them, or for a target.
    """
    logits = logits_of(model, images)
    wanted = targets.tolist() if classes is None else classes
    outside = [label for label in wanted if not 0 <= label < logits.shape[1]]
    if outside:
        raise InputError(
            f"saliency: expected classes from 0 to {logits.shape[1] - 1}, as many as the network has"
            f" outputs, got {outside[0]}"
        )
    return functional.cross_entropy(class_logits(logits, classes), targets)


def loss_gradients(loss: Tensor, weights: Mapping[str, Tensor]) -> Sequence[Tensor]:
    """The gradient of the loss for each weight.

    Raises:
        InputError: the loss has none, or not of one of them.
    """
    if not loss.requires_grad:
        raise InputError("saliency: expected weights that require a gradient, got a loss without one")
    for name, weight in weights.items():
        if not weight.requires_grad:
            raise InputError(
                f"{name}: saliency: expected a weight that requires a gradient, got a frozen one"
            )
    gradients = torch.autograd.grad(loss, list(weights.values()), allow_unused=True)
    for name, gradient in zip(weights, gradients, strict=True):
        if gradient is None:
            raise InputError(f"{name}: saliency: expected a layer that the loss depends on, got no gradient")
    return gradients


def as_score(name: str, value: Tensor) -> Tensor:
    """A score for each weight of a module as float32 [m_dim, k_dim].

    Raises:
        InputError: it is NaN or infinite somewhere.
    """
    score = to_gemm(value).float()
    if not bool(torch.isfinite(score.sum(dtype=torch.float64))):
        raise InputError(f"{name}: saliency: expected finite gradients, got NaN or infinity")
    return score
