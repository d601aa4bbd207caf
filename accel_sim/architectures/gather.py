"""gather: every PE walks the surviving weights of its own output channel, wherever they are.

The rival for unstructured weights: a PE holds ``lanes`` surviving weights of one row and fetches
the activation of each through a crossbar; nothing is lost to structure, but PEs share few fetches
and wait for the one with the longest row. Zero activations are not skipped.
"""

from __future__ import annotations

from pydantic import Field

from accel_sim.architectures.base import UNBANKED, Schedule, SmemLayout
from accel_sim.architectures.walk import Walk
from accel_sim.kernels.passes import element_lists
from accel_sim.machine import Section
from workloads.formats import index_bits
from workloads.workload import MaskedLayer


class Array(Section):
    """PEs side by side along m, one output channel each."""

    pes: int = Field(ge=1, le=2**16, description="share SMEM and the crossbar")
    lanes: int = Field(ge=1, le=2**16, description="multipliers of a PE")
    columns: int = Field(ge=1, le=2**20, description="accumulators of a PE: output pixels of a tile")
    pipeline_cycles: int = Field(ge=0, le=2**20, description="crossbar, multiplier and adder tree")

    @property
    def multipliers(self) -> int:
        """Multipliers of the machine."""
        return self.pes * self.lanes

    @property
    def accumulators(self) -> int:
        """Partial sums that one set of accumulators holds."""
        return self.pes * self.columns


def schedule(item: MaskedLayer, array: Array, layout: SmemLayout = UNBANKED) -> Schedule:
    """The passes over each row's surviving weights, stored as CSR (column indices, row pointers)."""
    layer, mask = item.layer, item.mask
    walk = Walk(
        mode="unstructured",
        lists=element_lists(mask.words, layer.k_dim),
        rows_per_list=1,
        n_keep=1,
        m_group=1,
        cores=array.pes,
        rows=1,
        lanes=array.lanes,
        columns=array.columns,
        pipeline_cycles=array.pipeline_cycles,
        offset_bits=index_bits(layer.k_dim),
        entry_bits=index_bits(mask.kept + 1),
        multipliers=array.multipliers,
    )
    return walk.schedule(layer, layout)
