"""From a layer to the numbers that kernels take: its pixels and its matrices."""

from __future__ import annotations

from functools import lru_cache

from accel_sim.kernels.layer import Geometry, LayerShape
from workloads.layer import Layer


@lru_cache(maxsize=4096)
def geometry(layer: Layer) -> Geometry:
    """The pixels of a layer, as kernels take them."""
    return Geometry(*(getattr(layer, field) for field in Geometry._fields))


def layer_shape(layer: Layer) -> LayerShape:
    """The matrices of a layer, as kernels take them."""
    return LayerShape(
        layer.m_dim,
        layer.k_dim,
        layer.n_dim,
        layer.m_dim // layer.groups,
        layer.in_channels,
        layer.group_channels,
    )
