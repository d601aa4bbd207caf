"""Bits of an index, and checks on the numbers of a format."""

from __future__ import annotations

from workloads.inputs import InputError

LARGEST = 2**30  # of a group or block: kernels count in int64


def index_bits(choices: int) -> int:
    """Bits that tell ``choices`` (at least 1) things apart: ceil(log2 choices)."""
    return (choices - 1).bit_length()


def require_range(name: str, value: int, least: int, most: int) -> None:
    """Raise :class:`InputError` unless least <= value <= most."""
    if not least <= value <= most:
        raise InputError(f"format: {name}: expected a whole number from {least} to {most}, got {value}")
