"""systolic: a grid of multipliers through which operands move from neighbour to neighbour.

Weight stationary: ``rows`` positions of k by ``cols`` output channels stand still, activations enter
from the side, one output column a cycle, and sums run down. It knows no sparsity: what is worth
something on it is a network with fewer channels, in whole tiles of the array (rules 11a and 11b).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from accel_sim.architectures.base import UNBANKED, Schedule, SmemLayout
from accel_sim.architectures.walk import Walk
from accel_sim.kernels.passes import block_lists
from accel_sim.machine import Section
from workloads.layer import Layer
from workloads.workload import MaskedLayer


class Array(Section):
    """The grid of multipliers, and the sums below it."""

    rows: int = Field(ge=1, le=2**16, description="positions of k that are held")
    cols: int = Field(ge=1, le=2**16, description="output channels that are held")
    dataflow: Literal["weight_stationary"] = Field(description="what stands still")
    columns: int = Field(ge=1, le=2**30, description="accumulators below a column: output pixels of a tile")
    double_buffered_weights: bool = Field(
        False, description="the next weights shift in while the present ones work"
    )
    pipeline_cycles: int = Field(ge=0, le=2**20, description="through the grid to the accumulators")

    @property
    def multipliers(self) -> int:
        """Multipliers of the machine."""
        return self.rows * self.cols

    @property
    def accumulators(self) -> int:
        """Partial sums that one set of accumulators holds."""
        return self.cols * self.columns

    @property
    def ramp_cycles(self) -> int:
        """Cycles of a pass beyond its columns: weights shift in, the last column runs out (rule 11b)."""
        return 0 if self.double_buffered_weights else 2 * self.rows + self.cols - 2


def schedule(item: MaskedLayer, array: Array, layout: SmemLayout = UNBANKED) -> Schedule:
    """The passes over all of k, dense whatever the mask."""
    layer = item.layer
    everything = np.ones((1, 1), np.bool_)
    walk = Walk(
        mode="dense",
        lists=block_lists(everything, layer.k_dim, layer.k_dim, 1),
        rows_per_list=layer.m_dim,
        n_keep=1,
        m_group=1,
        cores=1,
        rows=held_channels(layer, array.cols),
        lanes=array.rows,
        columns=array.columns,
        pipeline_cycles=array.pipeline_cycles,
        offset_bits=0,
        entry_bits=0,
        multipliers=array.multipliers,
        ramp_cycles=array.ramp_cycles,
    )
    return walk.schedule(layer, layout)


def held_channels(layer: Layer, cols: int) -> int:
    """Output channels of an m tile: all see the same activations, so they are of one convolution group.

    The most that divide the channels of a group, so that no m tile lies in two.
    """
    if layer.groups == 1:
        return cols
    of_group = layer.m_dim // layer.groups
    return max(size for size in range(1, min(cols, of_group) + 1) if of_group % size == 0)
