"""structured_tensor_core: dense, N:M and block-skipping tensor cores; the file says which.

Weight stationary at the multiplier, output stationary at the core (design section 5). ``cores``
share SMEM; a row of a core is one output channel whose ``lanes`` hold surviving weights of whole
groups; every cycle one output column is served, its activations broadcast over the lanes' reach.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from accel_sim.architectures.contract import UNBANKED, Schedule, SmemLayout, Widens
from accel_sim.architectures.shared.column_stream import Columns, CompressedColumns, GatedColumns
from accel_sim.architectures.shared.geometry import layer_shape
from accel_sim.architectures.shared.list_walk import Groups, Rows, Walk
from accel_sim.kernels.arrays.shared.group_lists import block_lists, living_weights
from accel_sim.kernels.arrays.structured_tensor_core import FedCores, feed_turns
from accel_sim.machine.section import Section
from workloads.formats import index_bits
from workloads.masks import KeepMask
from workloads.workload import MaskedLayer


class Sparsity(Section):
    """An N:M that the muxes reach: ``n_keep`` of every ``m_group`` consecutive weights."""

    n_keep: int = Field(ge=1)  # weights that survive in a group
    m_group: int = Field(ge=2, le=64)  # consecutive weights of a group
    offset_bits: int | None = Field(
        None, ge=0, le=64, description="metadata of a stored weight; none: ceil(log2 m_group)"
    )

    @model_validator(mode="after")
    def _keeps_less_than_all(self) -> Sparsity:
        if self.n_keep >= self.m_group:
            raise ValueError(f"expected n_keep < m_group, got {self.n_keep}:{self.m_group}")
        return self


class Array(Section):
    """The PE array; it runs dense whatever else it supports."""

    cores: int = Field(ge=1, le=2**16, description="share SMEM and stand side by side along m")
    rows: int = Field(ge=1, le=2**16, description="output channels of a core")
    lanes: int = Field(ge=1, le=2**16, description="multipliers of a row")
    columns: Annotated[int, Widens()] = Field(
        ge=1, le=2**20, description="accumulators of a row: output pixels of a tile"
    )
    pipeline_cycles: int = Field(ge=0, le=2**20, description="mux, multiplier and adder tree")
    mux_inputs: int | None = Field(
        None, ge=1, le=64, description="activations that a lane's mux picks from; none: as many as it needs"
    )
    weight_sparsity: list[Sparsity] = Field([], description="N:M choices of the muxes")
    skip_blocks: list[Annotated[int, Field(ge=1, le=2**16)]] = Field([], description="sides of blocks")
    activation_sets: int = Field(
        1, ge=1, le=2**16, description="different sets of activations that a core's rows are fed in a cycle"
    )
    activations: Literal["dense", "gate", "compress"] = Field(
        "dense", description="what zero ones save: nothing, switching, or bytes of the ifmap too"
    )

    @property
    def multipliers(self) -> int:
        """Multipliers of the machine."""
        return self.cores * self.rows * self.lanes

    @property
    def accumulators(self) -> int:
        """Partial sums that one set of accumulators holds."""
        return self.cores * self.rows * self.columns

    def operand_bits(self, word_bits: int) -> int:
        """A weight and its offset in every LRF, both sets (rule 39)."""
        return 2 * self.multipliers * (word_bits + max(map(offset_bits, self.weight_sparsity), default=0))

    @model_validator(mode="after")
    def _groups_fit(self) -> Array:
        for choice in self.weight_sparsity:
            if self.mux_inputs is not None and choice.m_group > self.mux_inputs:
                raise ValueError(
                    f"expected mux_inputs >= m_group, got {self.mux_inputs} inputs for"
                    f" {choice.n_keep}:{choice.m_group}"
                )
            if choice.n_keep > self.lanes:
                raise ValueError(
                    f"expected lanes >= n_keep, got {self.lanes} lanes for {choice.n_keep}:{choice.m_group}"
                )
            for block in self.skip_blocks:
                if block % choice.m_group:
                    raise ValueError(
                        f"expected skip_blocks to be multiples of m_group={choice.m_group}, got {block}"
                    )
        return self


def schedule(masked: MaskedLayer, array: Array, layout: SmemLayout = UNBANKED) -> Schedule:
    """The passes over the living blocks of each core's rows, in the best mode the mask allows."""
    layer, mask = masked.layer, masked.mask
    shape = layer_shape(layer)
    choice = choose_sparsity(mask, array)
    n_keep, m_group = (choice.n_keep, choice.m_group) if choice else (1, 1)
    offset = offset_bits(choice) if choice else 0
    block, alive = choose_block(mask, array)
    # Without skipping, one list holds every group and all rows walk it.
    block_m, block_k = (block, block) if block else (shape.m_dim, shape.k_dim)
    nm = f"{n_keep}:{m_group}" if m_group > 1 else "dense"
    lists = block_lists(alive, shape.k_dim, block_k, m_group)
    groups_per_pass = array.lanes // n_keep
    of_rows = np.repeat(-(-(lists.starts[1:] - lists.starts[:-1]) // groups_per_pass), block_m)[: shape.m_dim]
    tile_m = array.cores * array.rows
    rows = Rows(
        out_channel=np.arange(shape.m_dim),
        begin=np.zeros(shape.m_dim, np.int64),
        passes=np.maximum.reduceat(of_rows, np.arange(0, shape.m_dim, tile_m)),
        per_list=block_m,
        tile_m=tile_m,
    )
    entry_bits = index_bits(alive.shape[1]) if block else 0
    walk = Walk(lists, rows, Groups(n_keep, m_group, groups_per_pass, offset, entry_bits), shape)
    demand = walk.demand(layout)
    cores = FedCores(array.cores, array.rows, groups_per_pass, array.activation_sets)
    turns, balanced = feed_turns(lists, demand.first, block_m, shape, cores)
    columns = masked, demand, turns, balanced, array.multipliers, offset, layout
    made: Columns
    if array.activations == "compress":
        distinct = np.empty(demand.groups.sum(), np.int64)
        walk.demand(layout, distinct)
        made = CompressedColumns(*columns, distinct, m_group)
    else:
        made = (GatedColumns if array.activations == "gate" else Columns)(*columns)
    return Schedule(
        mode=f"{nm}, block {block}" if block else nm,
        tile_m=tile_m,
        columns=array.columns,
        multipliers=array.multipliers,
        pipeline_cycles=array.pipeline_cycles,
        first=demand.first,
        weights=demand.weights,
        metadata_bits=demand.metadata_bits,
        ramps=np.zeros(len(demand.weights), np.int64),
        streams=made,
        compressed_ifmap=array.activations == "compress",
    )


def offset_bits(choice: Sparsity) -> int:
    """Metadata of a stored weight of an N:M (rule 7)."""
    return index_bits(choice.m_group) if choice.offset_bits is None else choice.offset_bits


def choose_sparsity(mask: KeepMask, array: Array) -> Sparsity | None:
    """The N:M with the fewest slots that the whole mask obeys; none is dense (rule 2)."""
    for choice in sorted(array.weight_sparsity, key=lambda s: (s.n_keep / s.m_group, s.m_group)):
        if mask.obeys(choice.n_keep, choice.m_group):
            return choice
    return None


def choose_block(mask: KeepMask, array: Array) -> tuple[int, np.ndarray]:
    """The block side with the fewest weights in living blocks, the larger of equals (rule 3).

    Returns:
        The side and the living blocks; side 0 and a single living block if nothing can be skipped.
    """
    best, best_size, best_alive = 0, mask.weights, np.ones((1, 1), np.bool_)
    for side in sorted(array.skip_blocks, reverse=True):
        alive = mask.living_blocks(side, side)
        size = living_weights(alive, side, mask.m_dim, mask.k_dim)
        if size < best_size:
            best, best_size, best_alive = side, size, alive
    return best, best_alive
