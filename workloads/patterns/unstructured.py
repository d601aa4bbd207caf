"""unstructured: any weight may survive."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workloads.kernels.select import keep_above
from workloads.masks import KeepMask
from workloads.patterns import contract
from workloads.patterns.contract import Scores, check_scores
from workloads.patterns.shared.rules import require_density


@dataclass(frozen=True)
class Pattern(contract.Pattern):
    """Element-wise sparsity, ``unstructured(density=0.1)``."""

    density: float

    def __post_init__(self) -> None:
        require_density(self.density)

    def keep_mask(self, score: Scores) -> KeepMask:
        """The highest scores of the matrix, ties to the lower index; at least one weight."""
        array = check_scores(score)
        count = max(1, round(self.density * array.size))
        flat = array.ravel()
        threshold = np.partition(flat, flat.size - count)[flat.size - count]
        ties = count - int((flat > threshold).sum())
        words = KeepMask.blank(*array.shape)
        keep_above(array, threshold, ties, words)
        return KeepMask(words, array.shape[1])

    def check(self, mask: KeepMask) -> str | None:  # noqa: ARG002
        """Every mask is fine."""
        return None
