"""Energy tables, picojoules an action, and the energy of each component from a layer's counts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from pydantic import Field

from accel_sim.counters import COMPONENTS, COUNTERS
from accel_sim.machine.section import Section

_PRICED = [(place, c.component, c.action) for place, c in enumerate(COUNTERS) if c.action]
_COSTLY = [counter for counter in COUNTERS if counter.action]
ACTIONS = tuple(dict.fromkeys(counter.action for counter in _COSTLY))
DEFAULTS = {counter.action: counter.price for counter in _COSTLY if counter.price is not None}
# How energy grows with the width of words (rule 37a); most actions are of a byte or an offset.
POWER_OF_WIDTH = {counter.action: counter.of_width for counter in _COSTLY}
MOST_PJ = 1e12  # of an action, a joule: sums stay numbers


class EnergyTable(Section):
    """Energy of one action in picojoules; an action must be there unless its counter brings a price."""

    name: str  # of the table
    description: str  # a sentence, which lists show
    source: str  # where the numbers come from
    word_bytes: int = Field(gt=0, le=64, description="width of the words whose actions are priced")
    pj: dict[str, float] = Field(description="action -> picojoules")

    def of_words(self, word_bytes: int) -> dict[str, float]:
        """Action -> picojoules on a machine with words of that width (rule 37a).

        A multiplier of w bits has w x w partial products, a register w cells: energy of a MAC follows the
        square of the width, that of a word read or written beside it the width. M. Horowitz, "Computing's
        energy problem", ISSCC 2014, figure 1.1.9, has 0.2 and 3.1 pJ for integer multiplications of 8 and
        of 32 bits, 15.5 times; this rule says 16.
        """
        prices = {action: (pj, self.word_bytes) for action, pj in self.pj.items()}
        for action, price in DEFAULTS.items():
            prices.setdefault(action, (price.pj, price.word_bytes))
        return {
            action: pj * (word_bytes / width) ** POWER_OF_WIDTH[action]
            for action, (pj, width) in prices.items()
        }


def energy_pj(counts: npt.NDArray[np.int64], pj: Mapping[str, float]) -> dict[str, float]:
    """Energy of each component, pJ, from a layer's counts, int64 [COUNT].

    The sum runs over the counters in their declared order, so that equal counts give equal bits.
    """
    total = dict.fromkeys(COMPONENTS, 0.0)
    of_counters = counts.tolist()
    for place, component, action in _PRICED:
        total[component] += of_counters[place] * pj[action]
    return total
