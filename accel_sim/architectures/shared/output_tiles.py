"""Cut alike by several: widths of output tiles along n, channels of an m tile in a convolution group."""

from __future__ import annotations

import numpy as np

from accel_sim.architectures.contract import Ints
from workloads.layer import Layer


def held_channels(layer: Layer, most: int) -> int:
    """Channels of an m tile whose rows all see the same activations: they are of one convolution group.

    The most that divide the channels of a group, so that no m tile lies in two (rule 11c).
    """
    if layer.groups == 1:
        return most
    of_group = layer.m_dim // layer.groups
    return max(size for size in range(1, min(most, of_group) + 1) if of_group % size == 0)


def widths(n_dim: int, columns: int) -> tuple[Ints, Ints]:
    """The different widths of the output tiles along n, and which of them each has.

    Returns:
        int64 [1 or 2] and int64 [output tiles].
    """
    variant = np.zeros(-(-n_dim // columns), np.int64)
    ragged = n_dim % columns
    if not ragged:
        return np.array((columns,)), variant
    if len(variant) == 1:
        return np.array((ragged,)), variant
    variant[-1] = 1
    return np.array((columns, ragged)), variant


def tile_widths(n_dim: int, columns: int) -> Ints:
    """The width of each output tile along n, int64 [output tiles]."""
    different, variant = widths(n_dim, columns)
    return different[variant]
