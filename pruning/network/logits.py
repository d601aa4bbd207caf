"""Logits of a classifier, those of the user's classes, and labels as indices into these classes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from workloads.inputs import InputError


def logits_of(model: nn.Module, images: Tensor) -> Tensor:
    """The logits ``model(images)``: float [images, classes].

    Raises:
        InputError: it is something else, such as a tuple or a dictionary.
    """
    said = model(images)
    if not isinstance(said, Tensor):
        raise InputError(f"model: expected one tensor of logits [images, classes], got {_kind(said)}")
    if said.ndim != 2 or len(said) != len(images):
        raise InputError(
            f"model: expected logits [images, classes] of {len(images)} images, got the shape"
            f" {list(said.shape)}"
        )
    return said


def _kind(said: object) -> str:
    if isinstance(said, dict):
        return f"a dictionary of {', '.join(map(str, said)) or 'nothing'}; let its forward return the logits"
    if isinstance(said, tuple | list):
        return f"a {type(said).__name__} of {len(said)}; let its forward return the logits"
    return f"a {type(said).__name__}"


def class_logits(logits: Tensor, classes: Sequence[int] | None) -> Tensor:
    """The columns of ``logits`` [batch, all classes] that the user's classes have."""
    return logits if classes is None else logits[:, list(classes)]


def class_targets(labels: Tensor, classes: Sequence[int] | None) -> Tensor:
    """Labels as indices into ``classes``, whose columns :func:`class_logits` gives."""
    if classes is None:
        return labels
    table = torch.full((int(max(classes)) + 1,), -1, dtype=torch.int64, device=labels.device)
    table[list(classes)] = torch.arange(len(classes), device=labels.device)
    return table[labels]
