"""channel: whole output channels vanish, and the network really becomes narrower."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from workloads.inputs.values import whole_number
from workloads.masks import MOST_GROUP, KeepMask
from workloads.narrow import narrow_network
from workloads.network import Network
from workloads.patterns import contract
from workloads.patterns.contract import Scores, check_scores
from workloads.patterns.shared.rules import require_density


@dataclass(frozen=True)
class Pattern(contract.Pattern):
    """Channel pruning, ``channel(density=0.1)``, or in steps, ``channel(density=0.1, multiple=8)``.

    Density counts the weights of a network, of which a layer loses both inputs and outputs.
    """

    density: float
    multiple: int = 1
    narrows: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require_density(self.density)
        whole_number(self.multiple, "pattern: multiple", 1, MOST_GROUP)

    def narrow(self, network: Network) -> Network:
        """The network with fewer channels in every layer, by one factor (:mod:`workloads.narrow`)."""
        return narrow_network(network, self.density, self.multiple)

    def keep_mask(self, score: Scores) -> KeepMask:
        """Of a matrix by itself: the rows of the highest sums, ties to the lower index, whatever the step."""
        array = check_scores(score)
        rows = array.shape[0]
        count = max(1, math.ceil(self.density * rows - 1e-9))  # 0.07 * 100 is a hair above 7
        with np.errstate(invalid="ignore"):  # infinities of both signs: no number, and last
            sums = array.sum(axis=1, dtype=np.float64)
        keep = np.zeros(array.shape, np.bool_)
        keep[np.argsort(-sums, kind="stable")[:count]] = True
        return KeepMask.from_dense(keep)

    def check(self, mask: KeepMask) -> str | None:
        """No row is kept in part; how many there are is free."""
        kept = mask.to_dense().sum(axis=1)
        partial = np.flatnonzero((kept > 0) & (kept < mask.k_dim))
        return f"row {partial[0]} is kept only in part" if len(partial) else None
