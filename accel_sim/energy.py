"""Energy: counts times energy per action, from a table that names its source."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from pydantic import Field

from accel_sim.counters import COMPONENTS, COUNTERS
from accel_sim.section import Section

ACTIONS = tuple(dict.fromkeys(counter.action for counter in COUNTERS if counter.action))
MOST_PJ = 1e12  # of an action, a joule: sums stay numbers


class EnergyTable(Section):
    """Energy of one action in picojoules; every action that a counter names must be there."""

    name: str
    description: str
    source: str
    pj: dict[str, float] = Field(description="action -> picojoules")


def energy_pj(counts: npt.NDArray[np.int64], pj: Mapping[str, float]) -> dict[str, npt.NDArray[np.float64]]:
    """Energy of each component, pJ float64 [layers], from counts int64 [layers, counters].

    The sum runs over the counters in their declared order, so that equal counts give equal bits.
    """
    total = {component: np.zeros(len(counts)) for component in COMPONENTS}
    for index, counter in enumerate(COUNTERS):
        if counter.action:
            total[counter.component] = total[counter.component] + counts[:, index] * pj[counter.action]
    return total
