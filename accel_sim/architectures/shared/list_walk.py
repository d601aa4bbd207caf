"""From lists of groups to passes: what a layer whose rows walk lists asks of kernels (rules 4 to 9)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from accel_sim.architectures.contract import Ints, SmemLayout
from accel_sim.kernels.arrays.shared.group_lists import Lists as Lists
from accel_sim.kernels.arrays.shared.list_walk import Demand as Demand
from accel_sim.kernels.arrays.shared.list_walk import Groups as Groups
from accel_sim.kernels.arrays.shared.list_walk import Rows as Rows
from accel_sim.kernels.arrays.shared.list_walk import pass_demand
from accel_sim.kernels.layer import LayerShape

NOTHING = np.zeros(0, np.int64)


class Walk(NamedTuple):
    """Lists, the rows that walk them, what a group of them takes, and the layer."""

    lists: Lists
    rows: Rows
    groups: Groups
    shape: LayerShape

    def demand(self, layout: SmemLayout, distinct: Ints = NOTHING) -> Demand:
        """The passes of the layer over an SMEM of that layout.

        Args:
            distinct: takes the distinct groups of each pass, if it has room.
        """
        return pass_demand(self.lists, self.rows, self.groups, self.shape, layout, distinct)
