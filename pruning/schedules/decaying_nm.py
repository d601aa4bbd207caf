"""decaying_nm: equal steps, and groups that tighten from M:M to N:M.

After the sparse structure decay of Kao et al., "Training Recipe for N:M Structured Sparsity with Decaying
Pruning Mask" (2022, arXiv 2209.07617): 1:8 in three stages is 4:8, 2:8, 1:8.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from pruning.schedules import contract


@dataclass(frozen=True)
class Schedule(contract.Schedule):
    """Structure decay, ``decaying_nm``; of patterns with N:M."""

    tightens_groups: ClassVar[bool] = True

    def share(self, progress: float) -> float:
        """As much as there is progress."""
        return progress

    def kept(self, progress: float, n_keep: int, m_group: int) -> int:
        """From ``m_group`` to ``n_keep`` geometrically, rounded up."""
        return math.ceil(m_group * (n_keep / m_group) ** progress - 1e-9)
