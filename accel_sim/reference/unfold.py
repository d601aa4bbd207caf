"""Stepped: where a convolution finds its activations: input pixels under outputs (rule 12)."""

from __future__ import annotations

from collections.abc import Iterable

from workloads.layer import Layer

Pixel = tuple[int, int, int]  # image, y, x


def input_pixel(layer: Layer, column: int, r: int, s: int) -> Pixel | None:
    """The input pixel under tap (r, s) of an output column, stepped; None in the padding."""
    image, place = divmod(column, layer.out_h * layer.out_w)
    out_y, out_x = divmod(place, layer.out_w)
    y = out_y * layer.stride_h - layer.padding_h + r * layer.dilation_h
    x = out_x * layer.stride_w - layer.padding_w + s * layer.dilation_w
    return (image, y, x) if 0 <= y < layer.in_h and 0 <= x < layer.in_w else None


def activation_at(layer: Layer, column: int, conv_group: int, k: int) -> tuple[Pixel | None, int]:
    """The input pixel and the input channel of row k, ordered (r, s, c), of the unfolded operand."""
    tap, c = divmod(k, layer.group_channels)
    r, s = divmod(tap, layer.kernel_w)
    return input_pixel(layer, column, r, s), conv_group * layer.group_channels + c


def pixels_under(layer: Layer, columns: Iterable[int]) -> frozenset[Pixel]:
    """Every distinct input pixel under some output columns: an ifmap tile with its halo."""
    return frozenset(
        pixel
        for column in columns
        for r in range(layer.kernel_h)
        for s in range(layer.kernel_w)
        if (pixel := input_pixel(layer, column, r, s)) is not None
    )
