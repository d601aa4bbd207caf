"""What a classifier says of images: one tensor of logits, or one line that says what came instead."""

from __future__ import annotations

from torch import Tensor, nn

from workloads.inputs import InputError


def logits_of(model: nn.Module, images: Tensor) -> Tensor:
    """``model(images)``: float [images, classes].

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
