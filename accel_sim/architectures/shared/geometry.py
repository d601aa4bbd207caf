"""A layer's geometry as kernels take it."""

from __future__ import annotations

from functools import lru_cache

from workloads.layer import Layer


@lru_cache(maxsize=4096)
def geometry(layer: Layer) -> tuple[int, ...]:
    """Out, in, kernel, stride, padding and dilation of a layer, of height and width each."""
    sides = ("out", "in", "kernel", "stride", "padding", "dilation")
    return tuple(getattr(layer, f"{side}_{axis}") for side in sides for axis in "hw")
