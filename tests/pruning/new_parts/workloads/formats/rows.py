"""rows: the rows that are left, and a bit a row."""

from __future__ import annotations

from dataclasses import dataclass

from workloads.masks import KeepMask


@dataclass(frozen=True)
class Format:
    """Living rows, whole, ``rows``."""

    def value_count(self, mask: KeepMask) -> int:
        """The weights of living rows."""
        return int((mask.row_counts > 0).sum()) * mask.k_dim

    def metadata_bits(self, mask: KeepMask) -> int:
        """Which rows live."""
        return mask.m_dim
