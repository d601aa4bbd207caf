"""block_ellpack: the living blocks of every block row, filled up to those of the fullest."""

from __future__ import annotations

from dataclasses import dataclass

from workloads.formats.shared.sizes import index_bits
from workloads.inputs.values import whole_number
from workloads.masks import MOST_GROUP, KeepMask


@dataclass(frozen=True)
class Format:
    """Blocked ELLPACK, ``block_ellpack(block=16)``.

    Each block row stores as many blocks as the fullest has living ones; a block is block x block
    values, whole also at a ragged edge, and has the index of its block column in ceil(log2(block
    columns)) bits. Blocks that fill up a block row hold zeros and an index like any other. This is
    the Blocked-ELL layout of NVIDIA's cuSPARSE with indices as narrow as they can be.
    """

    block: int = 16

    def __post_init__(self) -> None:
        whole_number(self.block, "format: block", 1, MOST_GROUP)

    def value_count(self, mask: KeepMask) -> int:
        """Whole blocks, fillers included."""
        return self._stored(mask)[0] * self.block**2

    def metadata_bits(self, mask: KeepMask) -> int:
        """A block-column index a stored block."""
        blocks, columns = self._stored(mask)
        return blocks * index_bits(columns)

    def _stored(self, mask: KeepMask) -> tuple[int, int]:
        """Blocks stored, and block columns there are."""
        alive = mask.living_blocks(self.block, self.block)
        return alive.shape[0] * int(alive.sum(axis=1).max()), alive.shape[1]
