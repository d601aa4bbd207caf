"""bitmap: one bit a weight says whether it is there."""

from __future__ import annotations

from dataclasses import dataclass

from workloads.masks import KeepMask


@dataclass(frozen=True)
class Format:
    """The keep-mask itself, m_dim x k_dim bits, and the survivors row by row.

    As in SparTen (Gondimalla et al., MICRO 2019) and the dual-side sparse tensor core (Wang et al.,
    ISCA 2021).
    """

    def value_count(self, mask: KeepMask) -> int:
        """The survivors."""
        return mask.kept

    def metadata_bits(self, mask: KeepMask) -> int:
        """One bit a weight."""
        return mask.weights
