"""Bits of an index that tells so many choices apart."""

from __future__ import annotations


def index_bits(choices: int) -> int:
    """Bits that tell ``choices`` (at least 1) things apart: ceil(log2 choices)."""
    return (choices - 1).bit_length()
