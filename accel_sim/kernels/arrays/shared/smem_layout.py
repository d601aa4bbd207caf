"""Compiled: the bank of SMEM in which a row of activations lies, plain or hashed (rule 7a)."""

from __future__ import annotations

from typing import NamedTuple

from accel_sim.kernels.jit import kernel


class SmemLayout(NamedTuple):
    """The word of the machine, and the banks that its activations are spread over."""

    word_bytes: int
    banks: int = 0  # 0: any bytes can be read together
    row_bytes: int = 1
    hashed: bool = False  # which bank a row lies in; several banks, a power of two

    @property
    def word_bits(self) -> int:
        """Bits of an activation or a weight."""
        return 8 * self.word_bytes


@kernel
def digit_bits(smem: SmemLayout) -> int:
    """Bits of a digit of a row's place that hashing folds: log2 of the banks; 0 where rows lie plain."""
    bits = 0
    while smem.hashed and 1 << bits < smem.banks:
        bits += 1
    return bits


@kernel
def bank_of(row: int, banks: int, digit: int) -> int:
    """The bank of SMEM in which a row lies: plain, or hashed by an XOR of all digits of its place.

    Args:
        digit: as :func:`digit_bits` has it; shifts, since a division takes as long as all the rest.
    """
    if not digit:
        return row % banks
    bank = row
    while row >= banks:
        row >>= digit
        bank ^= row
    return bank & (banks - 1)
