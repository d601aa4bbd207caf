"""nm: at most n_keep of every m_group consecutive weights along k survive."""

from __future__ import annotations

from dataclasses import dataclass

from workloads.kernels.select import keep_nm
from workloads.masks import KeepMask
from workloads.patterns import contract
from workloads.patterns.contract import Scores, check_scores
from workloads.patterns.shared.rules import require_nm


@dataclass(frozen=True)
class Pattern(contract.Pattern):
    """N:M sparsity, ``nm(2:4)``."""

    n_keep: int
    m_group: int

    def __post_init__(self) -> None:
        require_nm(self.n_keep, self.m_group)

    @property
    def asked_density(self) -> float:
        """What whole groups keep."""
        return self.n_keep / self.m_group

    @property
    def rows_apart(self) -> int:
        """Each row for itself."""
        return 1

    def keep_mask(self, score: Scores) -> KeepMask:
        """The ``n_keep`` highest of each group, ties to the lower index; a short tail group likewise."""
        array = check_scores(score)
        words = KeepMask.blank(*array.shape)
        keep_nm(array, self.n_keep, self.m_group, words)
        return KeepMask(words, array.shape[1])

    def check(self, mask: KeepMask) -> str | None:
        """No group holds more than ``n_keep``."""
        if mask.obeys(self.n_keep, self.m_group):
            return None
        return f"a group of {self.m_group} keeps more than {self.n_keep} weights"
