"""dense: every weight survives."""

from __future__ import annotations

from dataclasses import dataclass

from workloads.masks import KeepMask
from workloads.patterns import contract
from workloads.patterns.contract import Scores, check_scores


@dataclass(frozen=True)
class Pattern(contract.Pattern):
    """No pruning."""

    @property
    def rows_apart(self) -> int:
        """Each row for itself."""
        return 1

    def keep_mask(self, score: Scores) -> KeepMask:
        """All ones."""
        return KeepMask.ones(*check_scores(score).shape)

    def check(self, mask: KeepMask) -> str | None:
        """A mask without a zero."""
        lost = mask.weights - mask.kept
        return f"{lost} weights are missing from a dense mask" if lost else None
