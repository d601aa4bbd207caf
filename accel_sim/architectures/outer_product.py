"""outer_product: the dual-side sparse tensor core, outer products of condensed columns and rows.

For each position of k a core takes the surviving weights of its channels and the non-zero activations of
its columns, both condensed by their bitmaps, multiplies every one by every other in steps, and
merges the partial sums into its RF (rules 11e to 11g).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from accel_sim.architectures.contract import UNBANKED, Ints, Schedule, SmemLayout, Stream, Widens
from accel_sim.architectures.shared.output_tiles import held_channels
from accel_sim.architectures.shared.pair_stream import pair_stream
from accel_sim.architectures.shared.zero_activations import run_counts
from accel_sim.kernels.arrays.outer_product import count_survivors, outer_passes, position_costs
from accel_sim.machine.section import Section
from workloads.workload import MaskedLayer


class Array(Section):
    """Cores in rows along the output channels and in columns along the output pixels."""

    core_rows: int = Field(ge=1, le=2**10, description="cores side by side along output channels")
    core_columns: int = Field(ge=1, le=2**10, description="and along output pixels")
    rows: int = Field(ge=1, le=2**10, description="weights of a step of a core")
    cols: int = Field(ge=1, le=2**10, description="activations of a step of a core")
    tile_rows: int = Field(ge=1, le=2**10, description="output channels of a core")
    tile_columns: Annotated[int, Widens()] = Field(ge=1, le=2**10, description="output pixels of a core")
    depth: int = Field(ge=1, le=2**16, description="positions of k of a pass")
    merges_per_cycle: int = Field(ge=1, le=2**20, description="partial sums that a core's RF takes")
    pipeline_cycles: int = Field(ge=0, le=2**20, description="multiplier and merge")

    @property
    def multipliers(self) -> int:
        """Multipliers of the machine."""
        return self.core_rows * self.core_columns * self.rows * self.cols

    @property
    def accumulators(self) -> int:
        """Partial sums that one set of accumulators holds."""
        return self.core_rows * self.core_columns * self.tile_rows * self.tile_columns

    def operand_bits(self, word_bits: int) -> int:
        """A pass's lines of weights and of activations in every core, bitmaps beside them (rule 41)."""
        lines = self.core_rows * self.core_columns * (self.tile_rows + self.tile_columns)
        return 2 * lines * self.depth * (word_bits + 1)


def schedule(masked: MaskedLayer, array: Array, layout: SmemLayout = UNBANKED) -> Schedule:
    """Passes of outer products over stretches of k; a layer with convolution groups takes one at a time."""
    products = Products(masked, array, layout)
    return Schedule(
        mode="bitmaps",
        tile_m=products.tile_m,
        columns=array.core_columns * array.tile_columns,
        multipliers=array.multipliers,
        pipeline_cycles=array.pipeline_cycles,
        first=np.arange(products.m_tiles + 1) * products.stretches,
        weights=products.stored,
        metadata_bits=products.metadata_bits,
        ramps=np.zeros(len(products.stored), np.int64),
        streams=products,
        compressed_ifmap=True,
    )


@dataclass(frozen=True)
class Products:
    """A layer on cores that take outer products."""

    masked: MaskedLayer
    array: Array
    layout: SmemLayout

    @cached_property
    def tile_m(self) -> int:
        """Output channels of an m tile."""
        return held_channels(self.masked.layer, self.array.core_rows * self.array.tile_rows)

    @property
    def m_tiles(self) -> int:
        """How many m tiles there are."""
        return -(-self.masked.layer.m_dim // self.tile_m)

    @property
    def stretches(self) -> int:
        """Passes of an m tile."""
        return -(-self.masked.layer.k_dim // self.array.depth)

    @cached_property
    def _survivors(self) -> npt.NDArray[np.int32]:
        """Of each k position in each core's channels: int32 [m tiles, core rows, k_dim], -1: no channel."""
        array, layer = self.array, self.masked.layer
        begins = np.arange(self.m_tiles)[:, np.newaxis] * self.tile_m
        ends = np.minimum(begins + self.tile_m, layer.m_dim)
        starts = begins + np.arange(array.core_rows) * array.tile_rows
        stops = np.minimum(starts + array.tile_rows, ends)
        flat = count_survivors(self.masked.mask.to_dense(), starts.ravel(), stops.ravel())
        flat[(starts >= ends).ravel()] = -1
        return flat.reshape(*starts.shape, layer.k_dim)

    @cached_property
    def stored(self) -> Ints:
        """Surviving weights of each pass."""
        of_tile = np.maximum(self._survivors, 0).sum(axis=1, dtype=np.int64)
        return np.add.reduceat(of_tile, self._begins, axis=1).ravel()

    @cached_property
    def metadata_bits(self) -> Ints:
        """A bit for each channel of the m tile and position."""
        layer = self.masked.layer
        begins = np.arange(self.m_tiles) * self.tile_m
        channels = np.minimum(self.tile_m, layer.m_dim - begins)
        positions = np.diff(self._begins, append=layer.k_dim)
        return (channels[:, np.newaxis] * positions).ravel()

    @property
    def _begins(self) -> Ints:
        return np.arange(0, self.masked.layer.k_dim, self.array.depth)

    def stream(self, columns: int) -> Stream:
        """The passes over output tiles of so many columns, each with its own activations."""
        array, layer, word_bits = self.array, self.masked.layer, self.layout.word_bits
        costs = position_costs(
            array.tile_rows, array.tile_columns, array.rows, array.cols, array.merges_per_cycle
        )
        tables, counts = outer_passes(
            self._survivors,
            self._nonzeros(columns),
            np.arange(self.m_tiles) * self.tile_m // (layer.m_dim // layer.groups),
            costs,
            array.depth,
            layer.n_dim,
            columns,
            word_bits,
        )
        return pair_stream(tables, counts, self.stored, self.metadata_bits, word_bits)

    def _nonzeros(self, columns: int) -> npt.NDArray[np.int32]:
        """Of each k position in each core's columns: int32 [conv groups, output tiles, core columns, k_dim].

        -1 where a core has no column: an output tile may be narrower than the cores together.
        """
        array, layer = self.array, self.masked.layer
        n_tiles, column = -(-layer.n_dim // columns), np.arange(layer.n_dim)
        core = column // columns * array.core_columns + column % columns // array.tile_columns
        cores = n_tiles * array.core_columns
        counts = run_counts(self.masked, core, cores)
        counts[np.bincount(core, minlength=cores) == 0] = -1
        shape = n_tiles, array.core_columns, layer.groups, layer.k_dim
        return np.ascontiguousarray(counts.reshape(shape).transpose(2, 0, 1, 3))
