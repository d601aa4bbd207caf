"""What every format offers: the values that it stores, and the bits beside them."""

from __future__ import annotations

from typing import Protocol

from workloads.masks import KeepMask


class Format(Protocol):
    """A way to store the surviving weights of a matrix."""

    def value_count(self, mask: KeepMask) -> int:
        """Values stored, padding zeros included."""
        ...

    def metadata_bits(self, mask: KeepMask) -> int:
        """Bits stored beside the values."""
        ...
