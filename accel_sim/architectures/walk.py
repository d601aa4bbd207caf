"""From lists of groups to passes: what every array whose rows walk lists has in common (rules 4 to 9)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from accel_sim.architectures.base import Ints, Schedule
from accel_sim.kernels.passes import count_passes, pass_demand
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

    def schedule(self, layer: Layer) -> Schedule:
        """The passes of ``layer``."""
        starts = self.lists[0]
        groups_per_pass = self.lanes // self.n_keep
        tile_rows = self.cores * self.rows
        passes = count_passes(starts, layer.m_dim, self.rows_per_list, self.cores, self.rows, groups_per_pass)
        first, activations, weights, metadata_bits, served = pass_demand(
            *self.lists,
            np.array((layer.m_dim, layer.k_dim, self.n_keep, self.m_group)),
            self.rows_per_list,
            layer.m_dim // layer.groups,
            tile_rows,
            groups_per_pass,
            np.array((self.offset_bits, self.entry_bits)),
            passes.max(axis=1),
        )
        return Schedule(
            mode=self.mode,
            tile_rows=tile_rows,
            columns=self.columns,
            multipliers=tile_rows * self.lanes,
            offset_bits=self.offset_bits,
            pipeline_cycles=self.pipeline_cycles,
            first=first,
            activations=activations,
            weights=weights,
            metadata_bits=metadata_bits,
            served=served,
            balanced_passes=balanced_passes(passes),
        )


def balanced_passes(passes: Ints) -> int:
    """Passes of the layer if each m tile's were spread evenly over the cores that have rows (rule 9).

    Args:
        passes: int64 [m tiles, cores], -1 where a core has no row.
    """
    working = passes >= 0
    total = np.where(working, passes, 0).sum(axis=1)
    return int((-(-total // working.sum(axis=1))).sum())
