"""csr: compressed sparse rows."""

from __future__ import annotations

from dataclasses import dataclass

from workloads.formats.shared.sizes import index_bits
from workloads.masks import KeepMask


@dataclass(frozen=True)
class Format:
    """Survivors row by row, the column of each, and where each row begins.

    ``m_dim + 1`` row pointers of ceil(log2(survivors + 1)) bits (a pointer lies in 0 .. survivors)
    and a column index of ceil(log2 k_dim) bits a survivor: the textbook layout with indices as
    narrow as they can be.
    """

    def value_count(self, mask: KeepMask) -> int:
        """The survivors."""
        return mask.kept

    def metadata_bits(self, mask: KeepMask) -> int:
        """Row pointers and column indices."""
        pointers = (mask.m_dim + 1) * index_bits(mask.kept + 1)
        return pointers + mask.kept * index_bits(mask.k_dim)
