"""crisp: N:M slots inside the living blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workloads.formats.shared.sizes import index_bits
from workloads.inputs import InputError
from workloads.inputs.values import whole_number
from workloads.masks import MOST_GROUP, KeepMask


@dataclass(frozen=True)
class Format:
    """Hybrid storage of CRISP, ``crisp(2:4, block=16)``.

    A block row stores its living blocks alone, each with the index of its block column in
    ceil(log2(block columns)) bits. Inside a block every row of the matrix (none is padded) has
    ``n_keep`` value slots for each group of ``m_group`` along k, and for each slot an offset of
    ceil(log2 m_group) bits; a short group at the end of a row has at most as many slots as weights.
    Slots of a group that keeps fewer hold zeros. How many blocks a block row has is a setting of
    the layer, since CRISP keeps the same number in each (Aggarwal, Binici, Mitra, DATE 2024,
    arXiv 2311.14272).
    """

    n_keep: int
    m_group: int
    block: int = 16

    def __post_init__(self) -> None:
        whole_number(self.m_group, "format: m_group", 1, MOST_GROUP)
        whole_number(self.n_keep, "format: n_keep", 1, self.m_group)
        whole_number(self.block, "format: block", 1, MOST_GROUP)
        if self.block % self.m_group:
            raise InputError(
                f"format: block: expected a multiple of m_group={self.m_group}, got {self.block}"
            )

    def value_count(self, mask: KeepMask) -> int:
        """Slots of all living blocks.

        Raises:
            InputError: a group of the mask keeps more than ``n_keep``.
        """
        return self._slots(mask, self._living(mask))

    def metadata_bits(self, mask: KeepMask) -> int:
        """An offset a slot and a block-column index a living block.

        Raises:
            InputError: a group of the mask keeps more than ``n_keep``.
        """
        alive = self._living(mask)
        return self._slots(mask, alive) * index_bits(self.m_group) + int(alive.sum()) * index_bits(
            alive.shape[1]
        )

    def _living(self, mask: KeepMask) -> npt.NDArray[np.bool_]:
        if not mask.obeys(self.n_keep, self.m_group):
            raise InputError(
                f"format: crisp: expected at most {self.n_keep} of {self.m_group} in a group, got more"
            )
        return mask.living_blocks(self.block, self.block)

    def _slots(self, mask: KeepMask, alive: npt.NDArray[np.bool_]) -> int:
        rows = np.minimum(self.block, mask.m_dim - np.arange(alive.shape[0]) * self.block)
        widths = np.minimum(self.block, mask.k_dim - np.arange(alive.shape[1]) * self.block)
        slots = widths // self.m_group * self.n_keep + np.minimum(self.n_keep, widths % self.m_group)
        return int(rows @ alive.astype(np.int64) @ slots)
