"""From lists of groups to passes: what arrays whose rows walk lists have in common (rules 4 to 9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from accel_sim.architectures.contract import Ints, SmemLayout
from accel_sim.kernels.arrays.shared.list_walk import pass_demand, totals
from workloads.layer import Layer

NOTHING = np.zeros(0, np.int64)


class Demand(NamedTuple):
    """What the passes of a layer need; all but ``first`` are int64 [passes]."""

    first: Ints  # [m tiles + 1], a tile's first pass
    activations: Ints  # distinct activations that a column asks of SMEM
    weights: Ints  # weights stored in LRFs, zeros that the mode cannot skip included
    metadata_bits: Ints
    served: Ints  # rows that accumulate in the pass
    bank_rows: Ints  # the most that a column asks of one bank of SMEM
    groups: Ints  # distinct groups that a column asks for

    def sums(self) -> tuple[int, int, int, int]:
        """Activations, weights, metadata bits and rows served, of all passes together."""
        activations, weights, metadata_bits, served = totals(
            self.activations, self.weights, self.metadata_bits, self.served
        ).tolist()
        return activations, weights, metadata_bits, served


@dataclass(frozen=True)
class Walk:
    """Lists, and the rows that walk them."""

    lists: tuple[
        Ints, Ints, Ints
    ]  # starts, groups and heads, as :mod:`accel_sim.kernels.arrays.shared.group_lists` says
    rows_per_list: int  # consecutive rows that walk the same list
    channel: Ints  # the output channel that each row is, [m_dim]
    begin: Ints  # the pass of its m tile with which each row begins, [m_dim]
    longest: Ints  # passes of each m tile
    tile_rows: int
    n_keep: int
    m_group: int
    groups_per_pass: int
    offset_bits: int  # of metadata beside each stored weight
    entry_bits: int  # of metadata for each head of a list

    def demand(self, layer: Layer, layout: SmemLayout, distinct: Ints = NOTHING) -> Demand:
        """The passes of ``layer`` over an SMEM of that layout.

        Args:
            distinct: takes the distinct groups of each pass, if it has room.
        """
        return Demand(
            *pass_demand(
                *self.lists,
                np.array((layer.m_dim, layer.k_dim, self.n_keep, self.m_group, layer.m_dim // layer.groups)),
                self.rows_per_list,
                self.channel,
                self.begin,
                self.tile_rows,
                self.groups_per_pass,
                np.array((self.offset_bits, self.entry_bits)),
                self.longest,
                np.array((layer.in_channels, layer.group_channels, *layout.of_rows)),
                layout.banks,
                distinct,
            )
        )
