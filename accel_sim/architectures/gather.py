"""gather: every PE walks the surviving weights of its own output channel, wherever they are.

The rival for unstructured weights: a PE holds ``lanes`` surviving weights of one row and fetches
the activation of each through a crossbar; nothing is lost to structure, but PEs share few fetches
and wait for the one with the longest row. Zero activations are not skipped.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from accel_sim.architectures.base import Schedule, balanced_passes
from accel_sim.architectures.structured_tensor_core import bits_for
from accel_sim.kernels import passes as kernels
from accel_sim.machine import Section
from workloads.workload import MaskedLayer


class Array(Section):
    """PEs side by side along m, one output channel each."""

    pes: int = Field(ge=1, le=2**16, description="share SMEM and the crossbar")
    lanes: int = Field(ge=1, le=2**16, description="multipliers of a PE")
    columns: int = Field(ge=1, le=2**20, description="accumulators of a PE: output pixels of a tile")
    pipeline_cycles: int = Field(ge=0, le=2**20, description="crossbar, multiplier and adder tree")


def schedule(item: MaskedLayer, array: Array) -> Schedule:
    """The passes over each row's surviving weights, stored as CSR (column indices, row pointers)."""
    layer, mask = item.layer, item.mask
    starts, groups, heads = kernels.element_lists(mask.words, layer.k_dim)
    passes = kernels.count_passes(starts, layer.m_dim, 1, array.pes, 1, array.lanes)
    first, activations, weights, metadata_bits, served = kernels.pass_demand(
        starts,
        groups,
        heads,
        np.array((layer.m_dim, layer.k_dim, 1, 1)),
        1,
        layer.m_dim // layer.groups,
        array.pes,
        array.lanes,
        np.array((bits_for(layer.k_dim), bits_for(mask.kept + 1))),
        passes.max(axis=1),
    )
    return Schedule(
        mode="unstructured",
        tile_rows=array.pes,
        columns=array.columns,
        multipliers=array.pes * array.lanes,
        offset_bits=bits_for(layer.k_dim),
        pipeline_cycles=array.pipeline_cycles,
        first=first,
        activations=activations,
        weights=weights,
        metadata_bits=metadata_bits,
        served=served,
        balanced_passes=balanced_passes(passes),
    )
