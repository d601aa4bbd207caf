"""What every format offers, and what several share."""

from __future__ import annotations

from typing import Protocol

from workloads.inputs import InputError
from workloads.masks import KeepMask

LARGEST = 2**30  # of a group or block: kernels count in int64


class Format(Protocol):
    """A way to store the surviving weights of a matrix."""

    def value_count(self, mask: KeepMask) -> int:
        """Values stored, padding zeros included."""
        ...

    def metadata_bits(self, mask: KeepMask) -> int:
        """Bits stored beside the values."""
        ...


def index_bits(choices: int) -> int:
    """Bits that tell ``choices`` (at least 1) things apart: ceil(log2 choices)."""
    return (choices - 1).bit_length()


def require_range(name: str, value: int, least: int, most: int) -> None:
    """Raise :class:`InputError` unless least <= value <= most."""
    if not least <= value <= most:
        raise InputError(f"format: {name}: expected a whole number from {least} to {most}, got {value}")
