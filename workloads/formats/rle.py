"""rle: each value with the number of zeros before it."""

from __future__ import annotations

from dataclasses import dataclass

from workloads.inputs.values import whole_number
from workloads.kernels.runs import count_full_runs
from workloads.masks import KeepMask


@dataclass(frozen=True)
class Format:
    """Run-length coding, ``rle(run_bits=4)``: a stream of (zeros before, value) over the whole matrix.

    The stream goes row by row and runs across row ends. A run counts to 2^run_bits - 1; a longer one
    takes entries of that run with a zero for a value, each of which stands for 2^run_bits zeros.
    Zeros behind the last survivor are not stored: the size of the matrix tells them. After the
    run-length compression of Eyeriss (Chen, Krishna, Emer, Sze, JSSC 2017), which has runs of 5 bits
    for activations of 16, and of 4 for weights in EIE (Han et al., ISCA 2016).
    """

    run_bits: int = 4

    def __post_init__(self) -> None:
        whole_number(self.run_bits, "format: run_bits", 1, 32)

    def value_count(self, mask: KeepMask) -> int:
        """The survivors, and a zero for every run that is too long."""
        return mask.kept + int(count_full_runs(mask.words, mask.k_dim, 1 << self.run_bits))

    def metadata_bits(self, mask: KeepMask) -> int:
        """A run for every value."""
        return self.value_count(mask) * self.run_bits
