"""What a network computes, layer by layer, found by running it once under forward hooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from numbers import Integral
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from workloads.inputs import InputError, explained
from workloads.layer import Layer

Prunable = nn.Conv2d | nn.Linear


def weight_modules(model: nn.Module) -> dict[str, Prunable]:
    """The convolutions and linear layers of ``model`` by name; a shared module under its first name."""
    return {name: m for name, m in model.named_modules() if isinstance(m, nn.Conv2d | nn.Linear)}


@contextmanager
def watch_inputs(model: nn.Module, see: Callable[[str, Prunable, Tensor], None]) -> Iterator[None]:
    """While open, call ``see`` with name, module and input of every layer that runs, in running order."""

    def hook_of(name: str) -> Callable[[nn.Module, tuple[Any, ...], dict[str, Any]], None]:
        def hook(module: nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]) -> None:
            assert isinstance(module, nn.Conv2d | nn.Linear)
            for value in (*inputs, *named.values())[:1]:  # none where the layer itself is about to complain
                see(name, module, value)

        return hook

    handles: list[RemovableHandle] = []
    try:
        for name, module in weight_modules(model).items():
            handles.append(module.register_forward_pre_hook(hook_of(name), with_kwargs=True))
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def evaluation_mode(model: nn.Module) -> Iterator[None]:
    """While open, every module is in evaluation mode; then each goes back to the mode that it had."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode


@torch.no_grad()
def trace_layers(model: nn.Module, image_shape: tuple[int, int, int]) -> tuple[Layer, ...]:
    """Geometry of every convolution and linear layer, in the order in which they run.

    A layer's name is its module's. A module that runs more than once is listed once, as it ran first.

    Args:
        image_shape: channels, height, width of one input image.

    Raises:
        InputError: ``image_shape`` is no such thing, the network does not take such an image, has no such
            layer, or a layer that the lowering does not know (a linear layer over a sequence, uneven
            padding given as text).
    """
    _require_image_shape(image_shape)
    found: dict[str, Layer] = {}

    def see(name: str, module: Prunable, value: Tensor) -> None:
        if name not in found:
            found[name] = describe_layer(name, module, value)

    first = next(model.parameters(), torch.zeros(()))
    with explained(f"model: expected a network for images {tuple(image_shape)}, got the error"):
        image = torch.zeros((1, *image_shape), dtype=first.dtype, device=first.device)
        with evaluation_mode(model), watch_inputs(model, see):
            model(image)
    if not found:
        raise InputError("model: expected at least one Conv2d or Linear, got none")
    return tuple(found.values())


def _require_image_shape(shape: object) -> None:
    sizes = shape if isinstance(shape, tuple | list) else ()
    if len(sizes) != 3 or not all(isinstance(size, Integral) and int(size) >= 1 for size in sizes):
        raise InputError(f"image_shape: expected channels, height and width of at least 1, got {shape!r}")


def describe_layer(name: str, module: Prunable, value: Tensor) -> Layer:
    """The geometry of one layer given the input ``value`` that it is about to see."""
    if isinstance(module, nn.Linear):
        if value.ndim != 2:
            raise InputError(
                f"{name}: expected a linear layer over [batch, features], got shape {tuple(value.shape)}"
            )
        return Layer.linear(name, module.in_features, module.out_features)
    if isinstance(module.padding, str):
        raise InputError(f"{name}: expected padding in numbers, got {module.padding!r}")
    return Layer(
        name,
        "conv",
        module.in_channels,
        module.out_channels,
        in_h=value.shape[2],
        in_w=value.shape[3],
        kernel_h=module.kernel_size[0],
        kernel_w=module.kernel_size[1],
        stride_h=module.stride[0],
        stride_w=module.stride[1],
        padding_h=module.padding[0],
        padding_w=module.padding[1],
        dilation_h=module.dilation[0],
        dilation_w=module.dilation[1],
        groups=module.groups,
    )
