"""dense: every weight, zero or not, in its place."""

from __future__ import annotations

from dataclasses import dataclass

from workloads.masks import KeepMask


@dataclass(frozen=True)
class Format:
    """The m_dim x k_dim matrix row by row."""

    def value_count(self, mask: KeepMask) -> int:
        """All weights."""
        return mask.weights

    def metadata_bits(self, mask: KeepMask) -> int:  # noqa: ARG002
        """None: a value's place says which it is."""
        return 0
