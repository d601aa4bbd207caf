"""A network's layers: names, uses, inputs, geometry, dense weights; evaluation mode, shapes of images."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from numbers import Integral
from typing import Any

from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.utils.hooks import RemovableHandle

from workloads.inputs import InputError
from workloads.layer import Layer

Prunable = nn.Conv2d | nn.Linear


def weight_modules(model: nn.Module) -> dict[str, Prunable]:
    """The convolutions and linear layers of ``model`` by name; a shared module under its first name."""
    return {name: m for name, m in model.named_modules() if isinstance(m, nn.Conv2d | nn.Linear)}


def use_name(name: str, count: int) -> str:
    """What the use ``count`` (from 1) of a module is called in one pass: ``name@2`` is the second."""
    return name if count == 1 else f"{name}@{count}"


def module_name(use: str) -> str:
    """The module of a use: the inverse of :func:`use_name`."""
    name, mark, count = use.rpartition("@")
    return name if mark and count.isdecimal() else use


@contextmanager
def watch_inputs(model: nn.Module, see: Callable[[str, Prunable, Tensor], None]) -> Iterator[None]:
    """While open, call ``see`` with name, module and input of every layer that runs, in running order.

    In each pass of ``model`` the second run of a module is called by :func:`use_name`, and so on.
    """
    counts: dict[str, int] = {}

    def hook_of(name: str) -> Callable[[nn.Module, tuple[Any, ...], dict[str, Any]], None]:
        def hook(module: nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]) -> None:
            assert isinstance(module, nn.Conv2d | nn.Linear)
            counts[name] = counts.get(name, 0) + 1
            for value in (*inputs, *named.values())[:1]:  # none where the layer itself is about to complain
                see(use_name(name, counts[name]), module, value)

        return hook

    handles: list[RemovableHandle] = [model.register_forward_pre_hook(lambda *_: counts.clear())]
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


def require_image_shape(shape: object) -> None:
    """Raise :class:`InputError` unless ``shape``, of an image, is channels, height and width."""
    sizes = shape if isinstance(shape, tuple | list) else ()
    if len(sizes) != 3 or not all(isinstance(size, Integral) and int(size) >= 1 for size in sizes):
        raise InputError(f"image_shape: expected channels, height and width of at least 1, got {shape!r}")


def describe_layer(name: str, module: Prunable, value: Tensor) -> Layer:
    """The geometry of one layer given its input ``value``, of one image.

    Raises:
        InputError: an input of other axes, or of several rows or images for the one, or padding as text.
    """
    if isinstance(module, nn.Linear):
        if value.ndim != 2 or len(value) != 1:
            raise InputError(
                f"{name}: expected a linear layer over [batch, features], got shape {tuple(value.shape)}"
                " of one image"
            )
        return Layer.linear(name, module.in_features, module.out_features)
    if value.ndim != 4 or len(value) != 1:
        raise InputError(
            f"{name}: expected a convolution over [batch, channels, height, width], got shape"
            f" {tuple(value.shape)} of one image"
        )
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


def dense_weight(module: Prunable) -> Tensor:
    """The weight of a layer that learns, without its mask: a leaf of autograd's graph."""
    if parametrize.is_parametrized(module, "weight"):
        original: Tensor = module.parametrizations.weight.original  # type: ignore[union-attr, assignment]
        return original
    return module.weight


def shape_text(shape: tuple[int, int, int]) -> str:
    """The shape of an image as a message says it, ``1 x 28 x 28``."""
    return " x ".join(map(str, shape))
