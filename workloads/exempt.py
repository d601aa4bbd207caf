"""Which layers a pattern leaves dense, by rule and not by name."""

from __future__ import annotations

from workloads.layer import Layer


def exempt_reason(layer: Layer, is_first: bool) -> str | None:
    """Why a layer stays dense, or None if it takes the pattern.

    The first layer sees few channels and feeds everything; a depthwise layer has a single channel
    to choose from, so groups along the channels do not exist in it.
    """
    if is_first:
        return "first layer"
    if layer.depthwise:
        return "depthwise"
    return None
