"""systolic: a grid of multipliers through which operands move from neighbour to neighbour.

What stands still is the ``dataflow``: the weights (a position of k by an output channel each), the sums
(an output each), or the inputs (a position of k by an output pixel each). It knows no sparsity: what is
worth something on it is a network with fewer channels, in whole tiles of the array (rules 11c and 11d).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from accel_sim.architectures.contract import UNBANKED, Ints, Schedule, SmemLayout, Stream, Widens
from accel_sim.architectures.shared.column_stream import Columns
from accel_sim.architectures.shared.geometry import layer_shape
from accel_sim.architectures.shared.list_walk import Groups, Rows, Walk
from accel_sim.architectures.shared.output_tiles import held_channels, widths
from accel_sim.kernels.arrays.shared.group_lists import block_lists
from accel_sim.machine.section import Section
from workloads.workload import MaskedLayer


class Array(Section):
    """The grid of multipliers, and the sums below it."""

    rows: int = Field(ge=1, le=2**16, description="positions of k (output stationary: output pixels)")
    cols: int = Field(ge=1, le=2**16, description="output channels (input stationary: output pixels)")
    dataflow: Literal["output_stationary", "weight_stationary", "input_stationary"] = Field(
        description="what stands still"
    )
    accumulator_depth: Annotated[int | None, Widens()] = Field(
        None, ge=1, le=2**30, description="sums below a column of the grid; none where they stand still"
    )
    double_buffered: bool = Field(
        False, description="what stands still comes in, or goes out, while the one before works"
    )
    pipeline_cycles: int = Field(ge=0, le=2**20, description="through the grid to the accumulators")

    @model_validator(mode="after")
    def _sums_lie_somewhere(self) -> Array:
        stand_still = self.dataflow == "output_stationary"
        if stand_still != (self.accumulator_depth is None):
            expected = "no accumulator_depth" if stand_still else "an accumulator_depth"
            raise ValueError(
                f"expected {expected} with dataflow: {self.dataflow}, got {self.accumulator_depth or 'none'}"
            )
        return self

    @property
    def multipliers(self) -> int:
        """Multipliers of the machine."""
        return self.rows * self.cols

    @property
    def accumulators(self) -> int:
        """Partial sums that one set of accumulators holds."""
        return self.cols * (self.accumulator_depth or self.rows)

    def operand_bits(self, word_bits: int) -> int:
        """What stands still, unless that is the sums, both sets (rule 40)."""
        return 0 if self.dataflow == "output_stationary" else 2 * self.multipliers * word_bits

    @property
    def tile(self) -> tuple[int, int]:
        """Output channels and output pixels of an output tile (rule 11c)."""
        if self.accumulator_depth is None:
            return self.cols, self.rows
        if self.dataflow == "input_stationary":
            return self.accumulator_depth, self.cols
        return self.cols, self.accumulator_depth


def schedule(masked: MaskedLayer, array: Array, layout: SmemLayout = UNBANKED) -> Schedule:
    """The passes over all of k on the grid, dense whatever the mask."""
    layer = masked.layer
    most_channels, columns = array.tile
    tile_m = held_channels(layer, most_channels)
    m_tiles, of_tile = -(-layer.m_dim // tile_m), -(-layer.k_dim // array.rows)
    rows = Rows(
        out_channel=np.arange(layer.m_dim),
        begin=np.zeros(layer.m_dim, np.int64),
        passes=np.full(m_tiles, of_tile),
        per_list=layer.m_dim,
        tile_m=tile_m,
    )
    demand = Walk(
        block_lists(np.ones((1, 1), np.bool_), layer.k_dim, layer.k_dim, 1),
        rows,
        Groups(n_keep=1, m_group=1, per_pass=array.rows, offset_bits=0, entry_bits=0),
        layer_shape(layer),
    ).demand(layout)
    turns = np.ones(len(demand.weights), np.int64)  # all channels of an m tile see the same
    parts = masked, demand, turns, len(turns), array.multipliers, 0, layout
    made = {"output_stationary": Outputs, "weight_stationary": Columns, "input_stationary": Inputs}
    return Schedule(
        mode="dense",
        tile_m=tile_m,
        columns=columns,
        multipliers=array.multipliers,
        pipeline_cycles=array.pipeline_cycles,
        first=demand.first,
        weights=demand.weights,
        metadata_bits=demand.metadata_bits,
        ramps=_ramps(array, m_tiles, of_tile),
        streams=made[array.dataflow](*parts),
    )


def _ramps(array: Array, m_tiles: int, of_tile: int) -> Ints:
    """Cycles of each pass beyond its work: operands shift in, the last ones run out (rule 11d)."""
    ramps = np.zeros((m_tiles, of_tile), np.int64)
    if not array.double_buffered:
        out = array.rows + array.cols - 2
        if array.dataflow == "output_stationary":
            ramps[:, -1] = out
        else:
            ramps[:] = array.rows + out
    return ramps.ravel()


@dataclass(frozen=True)
class Outputs(Columns):
    """Output stationary: weights and inputs stream by, k position after k position."""

    def stream(self, columns: int) -> Stream:
        """The passes over output tiles of so many columns."""
        width, variant = widths(self.masked.layer.n_dim, columns)
        positions = np.repeat(self.demand.activations[np.newaxis], len(width), axis=0)
        words = width[:, np.newaxis] * self.demand.activations + self.demand.weights
        total, tiles = self.total(columns), len(variant)
        work = int(self.demand.activations.sum()) * tiles
        return Stream(
            variant=variant,
            slots=positions,
            work=positions,
            bits=words * self.layout.word_bits,
            preload_bits=np.zeros((1, len(self.demand.weights)), np.int64),
            total=total._replace(
                balanced_slots=work,
                slots=work,
                lrf_reads=0,
                lrf_writes=0,
                accumulations=0,
                sums_in_place=total.issued_macs,
            ),
        )


@dataclass(frozen=True)
class Inputs(Columns):
    """Input stationary: weights stream by, output channel after output channel."""

    def stream(self, columns: int) -> Stream:
        """The passes over output tiles of so many columns."""
        width, variant = widths(self.masked.layer.n_dim, columns)
        demand, bits = self.demand, self.layout.word_bits
        channels = np.repeat(demand.served[np.newaxis], len(width), axis=0)
        total = self.total(columns)
        work = int(demand.served.sum()) * len(variant)
        return Stream(
            variant=variant,
            slots=channels,
            work=channels,
            bits=np.repeat((demand.weights * bits)[np.newaxis], len(width), axis=0),
            preload_bits=width[:, np.newaxis] * (demand.activations * bits),
            total=total._replace(
                balanced_slots=work,
                slots=work,
                lrf_writes=int(demand.activations.sum()) * self.masked.layer.n_dim,
            ),
        )
