"""gather: every PE works on the surviving weights of its own output channels, wherever they are.

The rival for unstructured weights. With ``activations: dense`` a PE walks its channel's weights and
fetches the activation of each through a crossbar; with ``skip`` it holds compressed weights and
compressed activations of a stretch of k and takes a cycle for each pair that meets. Nothing is lost to
structure, but PEs wait for the one with the most to do.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from accel_sim.architectures.contract import UNBANKED, Ints, Schedule, SmemLayout, Widens
from accel_sim.architectures.shared.column_stream import Columns
from accel_sim.architectures.shared.geometry import layer_shape
from accel_sim.architectures.shared.list_walk import Groups, Rows, Walk
from accel_sim.architectures.shared.pe_pairs import Pairs
from accel_sim.kernels.arrays.gather import balanced_passes, deal_rows
from accel_sim.kernels.arrays.shared.group_lists import element_lists
from accel_sim.kernels.arrays.shared.pe_pairs import PeGrid
from accel_sim.machine.section import Section
from workloads.formats import index_bits
from workloads.masks import KeepMask
from workloads.workload import MaskedLayer

COLUMN_INDEX_BITS = 16  # the width in hardware of a CSR column index; k_dim says what DRAM stores
WEIGHT_BYTES = 5  # of memory: lists name a survivor in an int32 and mark it in a byte; a mask may keep all


class Array(Section):
    """PEs in rows along the output channels and in columns along the output pixels."""

    pe_rows: int = Field(ge=1, le=2**16, description="PEs side by side along output channels")
    pe_columns: int = Field(1, ge=1, le=2**16, description="and along output pixels")
    rows_per_pe: int = Field(1, ge=1, le=2**16, description="output channels of an m tile for each PE row")
    lanes: int = Field(ge=1, le=2**16, description="multipliers of a PE")
    columns: Annotated[int, Widens()] = Field(ge=1, le=2**20, description="output pixels of a tile")
    distribution: Literal["row", "row_sorted", "dynamic"] = Field(
        "row", description="channels in turn; in turn by their survivors; to the PE that is free first"
    )
    activations: Literal["dense", "skip"] = Field("dense", description="skip: zero ones cost no cycle")
    depth: int | None = Field(None, ge=1, le=2**16, description="positions of k of a pass (skip)")
    operand_banks: int | None = Field(
        None, ge=1, le=2**10, description="of a PE's activations, each read once a cycle (skip)"
    )
    pipeline_cycles: int = Field(ge=0, le=2**20, description="crossbar, multiplier and adder tree")

    @model_validator(mode="after")
    def _mode_fits(self) -> Array:
        if self.activations == "skip":
            if self.depth is None:
                raise ValueError("expected a depth with activations: skip, got none")
            return self
        for field, value, alone in (
            ("pe_columns", self.pe_columns, 1),
            ("depth", self.depth, None),
            ("operand_banks", self.operand_banks, None),
        ):
            if value != alone:
                raise ValueError(f"expected {field} only with activations: skip, got {field}: {value}")
        return self

    @property
    def multipliers(self) -> int:
        """Multipliers of the machine."""
        return self.pe_rows * self.pe_columns * self.lanes

    @property
    def accumulators(self) -> int:
        """Partial sums that one set of accumulators holds."""
        return self.pe_rows * self.rows_per_pe * self.columns

    def operand_bits(self, word_bits: int) -> int:
        """A pass's weights of every PE, and with ``skip`` the activations that they may meet (rule 42)."""
        if self.depth is None:
            return 2 * self.multipliers * (word_bits + COLUMN_INDEX_BITS)
        weights = self.depth * (word_bits + index_bits(self.depth)) + index_bits(self.depth + 1)
        activations = self.depth * -(-self.columns // self.pe_columns) * (word_bits + 1)
        return 2 * self.pe_rows * self.pe_columns * self.rows_per_pe * (weights + activations)


def schedule(masked: MaskedLayer, array: Array, layout: SmemLayout = UNBANKED) -> Schedule:
    """The passes over each channel's surviving weights, alone or where they meet activations."""
    order = row_order(masked.mask, array)
    return (_pairs if array.activations == "skip" else _weights)(masked, array, order, layout)


def row_order(mask: KeepMask, array: Array) -> Ints:
    """The output channel that each row on ``gather`` is, int64 [m_dim] (rule 10)."""
    if array.distribution == "row_sorted":
        return np.argsort(-mask.row_counts, kind="stable")
    return np.arange(mask.m_dim)


def _weights(masked: MaskedLayer, array: Array, order: Ints, layout: SmemLayout) -> Schedule:
    """Weights alone, stored as CSR (column indices, row pointers): rule 11."""
    layer, mask = masked.layer, masked.mask
    row_passes = -(-mask.row_counts[order] // array.lanes)
    dynamic = array.distribution == "dynamic"
    passes, begin = deal_rows(row_passes, array.pe_rows, array.rows_per_pe, dynamic)
    offset_bits = index_bits(layer.k_dim)
    tile_m = array.pe_rows * array.rows_per_pe
    demand = Walk(
        element_lists(mask.words[order], layer.k_dim),
        Rows(order, begin, passes.max(axis=1), per_list=1, tile_m=tile_m),
        Groups(
            n_keep=1,
            m_group=1,
            per_pass=array.lanes,
            offset_bits=offset_bits,
            entry_bits=index_bits(mask.kept + 1),
        ),
        layer_shape(layer),
    ).demand(layout)
    turns = np.ones(len(demand.weights), np.int64)  # every PE is fed by itself
    balanced = balanced_passes(passes)
    columns = Columns(masked, demand, turns, balanced, array.multipliers, offset_bits, layout)
    return Schedule(
        mode="unstructured",
        tile_m=tile_m,
        columns=array.columns,
        multipliers=array.multipliers,
        pipeline_cycles=array.pipeline_cycles,
        first=demand.first,
        weights=demand.weights,
        metadata_bits=demand.metadata_bits,
        ramps=np.zeros(len(demand.weights), np.int64),
        streams=columns,
    )


def _pairs(masked: MaskedLayer, array: Array, order: Ints, layout: SmemLayout) -> Schedule:
    """Pairs of weights and activations: rules 11a and 11b."""
    assert array.depth is not None
    pes = PeGrid(
        rows=array.pe_rows,
        columns=array.pe_columns,
        out_channels=array.rows_per_pe,
        lanes=array.lanes,
        operand_banks=array.operand_banks or 0,
        dynamic=array.distribution == "dynamic",
    )
    pairs = Pairs(masked, order, pes, array.depth, layout)
    return Schedule(
        mode="unstructured pairs",
        tile_m=pes.tile_m,
        columns=array.columns,
        multipliers=array.multipliers,
        pipeline_cycles=array.pipeline_cycles,
        first=pairs.first,
        weights=pairs.survivors,
        metadata_bits=pairs.metadata_bits,
        ramps=np.zeros(len(pairs.survivors), np.int64),
        streams=pairs,
        compressed_ifmap=True,
    )
