"""How often a network is right, of the classes asked for, and whether it has outputs for them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from pruning.data import Dataset
from pruning.network.layers import evaluation_mode, shape_text
from pruning.network.logits import class_logits, class_targets, logits_of
from workloads.inputs import InputError, explained


@torch.inference_mode()
def accuracy(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    classes: Sequence[int] | None = None,
    batch_size: int = 250,
) -> float:
    """Fraction of ``images`` whose highest logit (among ``classes``) is their label."""
    model.eval()
    targets = class_targets(labels, classes)
    right = 0
    for start in range(0, len(images), batch_size):
        part = slice(start, start + batch_size)
        guess = class_logits(logits_of(model, images[part]), classes).argmax(1)
        right += int((guess == targets[part]).sum())
    return right / len(images)


def class_accuracy(
    model: nn.Module, data: Dataset, classes: tuple[int, ...], head: tuple[int, ...] | None = None
) -> float:
    """Accuracy on the test images of ``classes``: the highest logit among theirs decides.

    Args:
        head: the labels that the outputs of ``model`` stand for, if not all in order.

    Raises:
        InputError: a class is absent from the data, from the head or from the network's outputs, or the
            network does not take the images.
    """
    if head is None:
        mine = data.of_classes(classes)
        require_outputs(model, mine, classes)
        return accuracy(model, mine.test_images, mine.test_labels, classes)
    unknown = sorted(set(classes) - set(head))
    if unknown:
        raise InputError(
            f"classes: expected some of {list(head)}, the classes that the network has outputs for,"
            f" got {unknown[0]}"
        )
    mine = data.relabelled(head)
    outputs = tuple(head.index(label) for label in classes)
    mine = mine.of_classes(outputs)
    require_outputs(model, mine, outputs)
    return accuracy(model, mine.test_images, mine.test_labels, outputs)


@torch.inference_mode()
def require_outputs(model: nn.Module, data: Dataset, outputs: tuple[int, ...]) -> None:
    """Raise :class:`InputError` unless ``model`` takes the images and has those outputs."""
    got = f"{shape_text(data.image_shape)} and the error"
    with explained(f"{data.name}: expected images that the network takes, got {got}"), evaluation_mode(model):
        count = logits_of(model, data.test_images[:1]).shape[1]
    if max(outputs) >= count:
        raise InputError(
            f"classes: expected labels from 0 to {count - 1}, the outputs of the network, got {max(outputs)}"
        )
