"""rows: whole rows of a matrix survive."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workloads.masks import KeepMask
from workloads.patterns import contract
from workloads.patterns.contract import Scores, check_scores
from workloads.patterns.shared.rules import require_density


@dataclass(frozen=True)
class Pattern(contract.Pattern):
    """Rows, ``rows(density=0.5)``."""

    density: float

    def __post_init__(self) -> None:
        require_density(self.density)

    def keep_mask(self, score: Scores) -> KeepMask:
        """The rows of the highest sums."""
        array = check_scores(score)
        count = max(1, int(self.density * len(array)))
        keep = np.zeros(array.shape, np.bool_)
        keep[np.argsort(-array.sum(axis=1), kind="stable")[:count]] = True
        return KeepMask.from_dense(keep)

    def check(self, mask: KeepMask) -> str | None:
        """No row is kept in part."""
        kept = mask.to_dense().sum(axis=1)
        return None if np.isin(kept, (0, mask.k_dim)).all() else "a row is kept only in part"
