"""How many units of each set stay, and which: the widest network that costs no more than its target."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from math import ceil

import numpy as np
import numpy.typing as npt

from pruning.channel.scores.shared.unit_sums import UnitScores
from pruning.channel.sets import Counts, Sets
from workloads.inputs import InputError

_PARTS = 2**20  # of a uniform ratio: finer than any width


def choose_units(
    sets: Sets, scores: UnitScores, scope: str, multiple: int, cost: Callable[[Counts], int], density: float
) -> npt.NDArray[np.bool_]:
    """Which units of channels stay, in the order of ``sets.unit_ids``.

    ``global`` removes units in the order of their scores over all sets; ``uniform`` the same share of each
    set. Sets without scores stay whole. Ties go to the unit that comes first.

    Raises:
        InputError: even the narrowest network costs more than ``density`` of the whole one.
    """
    steps = sets.steps(multiple)
    scored = np.bincount(sets.set_of, np.isnan(scores)) == 0
    least = np.where(scored, np.minimum(sets.sizes, steps), sets.sizes)
    order = np.argsort(scores, kind="stable")
    order = order[scored[sets.set_of[order]]]

    def rounded(kept: Counts) -> Counts:
        return np.where(scored, np.maximum(least, kept // steps * steps), sets.sizes)

    def without_lowest(removed: int) -> Counts:
        gone = np.bincount(sets.set_of[order[:removed]], minlength=len(sets.sizes))
        return rounded(sets.sizes - gone)

    def without_share(parts: int) -> Counts:
        return rounded(sets.sizes * (_PARTS - parts) // _PARTS)

    at, last = (without_lowest, len(order)) if scope == "global" else (without_share, _PARTS)
    whole = cost(sets.sizes)
    most = density * whole * (1 + 1e-12)  # a density that was measured is met exactly
    found = bisect_left(range(last + 1), True, key=lambda removed: cost(at(removed)) <= most)
    if found > last:
        narrowest = ceil(1e4 * cost(at(last)) / whole) / 1e4
        raise InputError(
            f"density: expected at least {narrowest:g}, the narrowest that the network can be with widths in"
            f" multiples of {multiple}, got {density:g}"
        )
    return _highest(sets, scores, at(found))


def _highest(sets: Sets, scores: UnitScores, kept: Counts) -> npt.NDArray[np.bool_]:
    """The ``kept`` highest units of each set."""
    order = np.lexsort((np.arange(len(scores)), -scores, sets.set_of))
    first = np.concatenate(([0], np.cumsum(sets.sizes)[:-1]))
    rank = np.empty(len(scores), np.int64)
    rank[order] = np.arange(len(scores)) - first[sets.set_of[order]]
    return rank < kept[sets.set_of]
