"""From lists of groups to passes: what every array whose rows walk lists has in common (rules 4 to 9)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from accel_sim.architectures.base import Ints, Schedule, SmemLayout
from accel_sim.kernels.passes import balanced_passes, count_passes, pass_demand
from workloads.layer import Layer


@dataclass(frozen=True)
class Walk:
    """Lists, and the array whose rows walk them."""

    mode: str  # for the result table
    lists: tuple[Ints, Ints, Ints]  # starts, groups and heads, as :mod:`accel_sim.kernels.passes` says
    rows_per_list: int  # consecutive output channels that walk the same list
    n_keep: int
    m_group: int
    cores: int
    rows: int  # of a core
    lanes: int  # of a row
    columns: int
    pipeline_cycles: int
    offset_bits: int  # of metadata beside each stored weight
    entry_bits: int  # of metadata for each head of a list
    multipliers: int  # of the whole array
    ramp_cycles: int = 0  # that a pass takes beyond its columns

    def schedule(self, layer: Layer, layout: SmemLayout) -> Schedule:
        """The passes of ``layer`` over an SMEM of that layout."""
        starts = self.lists[0]
        groups_per_pass = self.lanes // self.n_keep
        tile_rows = self.cores * self.rows
        passes = count_passes(starts, layer.m_dim, self.rows_per_list, self.cores, self.rows, groups_per_pass)
        first, activations, weights, metadata_bits, served, bank_rows = pass_demand(
            *self.lists,
            np.array((layer.m_dim, layer.k_dim, self.n_keep, self.m_group)),
            self.rows_per_list,
            layer.m_dim // layer.groups,
            tile_rows,
            groups_per_pass,
            np.array((self.offset_bits, self.entry_bits)),
            passes.max(axis=1),
            np.array((layer.in_channels, layer.group_channels, layout.word_bytes, layout.row_bytes)),
            layout.banks,
        )
        return Schedule(
            mode=self.mode,
            tile_rows=tile_rows,
            columns=self.columns,
            multipliers=self.multipliers,
            offset_bits=self.offset_bits,
            pipeline_cycles=self.pipeline_cycles,
            first=first,
            activations=activations,
            weights=weights,
            metadata_bits=metadata_bits,
            served=served,
            bank_rows=bank_rows,
            ramp_cycles=self.ramp_cycles,
            balanced_passes=int(balanced_passes(passes)),
        )
