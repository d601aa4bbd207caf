"""How activations lie in the banks of SMEM (rule 7a)."""

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
def bank_of(row: int, banks: int, hashed: bool) -> int:
    """The bank in which a row lies: plain, or hashed by an XOR of all digits of its place.

    ``banks`` is a power of two, two at least, where ``hashed``.
    """
    if not hashed:
        return row % banks
    bank = row
    while row >= banks:
        row //= banks
        bank ^= row
    return bank % banks
