"""How many of a layer's inputs are not zero, measured on the user's images; padding is no input."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from pruning.network.layers import Prunable, evaluation_mode, watch_inputs
from workloads.activations import PerChannel
from workloads.inputs.values import instance, whole_number
from workloads.masks import KeepMask

_IMAGES_AT_ONCE = 32  # bounds the memory, whatever the number of images


@dataclass(frozen=True)
class MeasuredInputs:
    """How many of a layer's inputs are not zero, and which of the first images'."""

    densities: PerChannel  # non-zeros over all images and pixels
    keep: KeepMask | None  # of the first images: [samples x in_h x in_w, in_channels]


@torch.no_grad()
def measure_activations(model: nn.Module, images: Tensor, samples: int) -> dict[str, MeasuredInputs]:
    """How many inputs of each convolution and linear layer that runs are not zero, by the layer's name.

    A module that runs more than once in a pass has an entry for each of its uses: ``name``, ``name@2``, ...

    Args:
        images: [count, channels, height, width].
        samples: how many of the first images to keep masks of; none with 0.

    Raises:
        InputError: ``samples`` is negative.
    """
    instance(model, nn.Module, "model")
    instance(images, Tensor, "images")
    samples = whole_number(samples, "activation_samples", 0)
    nonzero: dict[str, Tensor] = {}  # int64 [in_channels]
    pixels: dict[str, int] = {}
    keep: dict[str, KeepMask] = {}

    def count(name: str, _: Prunable, value: Tensor) -> None:
        rows = _rows(value)
        nonzero[name] = nonzero.get(name, 0) + rows.sum(dim=0)
        pixels[name] = pixels.get(name, 0) + len(rows)

    def sample(name: str, _: Prunable, value: Tensor) -> None:
        if name not in keep:
            keep[name] = KeepMask.from_dense(_rows(value).cpu().numpy())

    with evaluation_mode(model):
        with watch_inputs(model, count):
            for batch in images.split(_IMAGES_AT_ONCE):
                model(batch)
        if samples:
            with watch_inputs(model, sample):
                model(images[:samples])
    return {
        name: MeasuredInputs(PerChannel(tuple((ones / pixels[name]).tolist())), keep.get(name))
        for name, ones in nonzero.items()
    }


def _rows(value: Tensor) -> Tensor:
    """Which of a batch of inputs are not zero: bool [images x in_h x in_w, in_channels]."""
    if value.ndim == 4:
        value = value.permute(0, 2, 3, 1)
    return value.reshape(-1, value.shape[-1]) != 0
