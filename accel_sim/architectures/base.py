"""What every architecture hands to the memory and the timeline."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol, cast

import numpy as np
import numpy.typing as npt

import accel_sim.architectures
from accel_sim.kernels.passes import totals
from accel_sim.machine import Machine
from workloads.inputs.parts import find_part
from workloads.workload import MaskedLayer

Ints = npt.NDArray[np.int64]


class SmemLayout(NamedTuple):
    """How activations lie in SMEM (rule 7a)."""

    word_bytes: int
    banks: int = 0  # 0: any bytes can be read together
    row_bytes: int = 1

    @classmethod
    def of(cls, machine: Machine) -> SmemLayout:
        """The layout that a machine's SMEM gives them."""
        banks = machine.smem.banks
        return cls(machine.word_bytes, *((banks.count, banks.row_bytes) if banks else ()))


class Totals(NamedTuple):
    """Sums over the passes of a layer."""

    passes: int
    activations: int
    weights: int
    metadata_bits: int
    served: int


UNBANKED = SmemLayout(word_bytes=1)


@dataclass(frozen=True)
class Schedule:
    """The passes of a layer, m tile after m tile, whatever the columns (docs/machine_model.md).

    ``first`` is int64 [m tiles + 1]; the other arrays are int64 [passes].
    """

    mode: str  # what the hardware makes use of, for the result table
    tile_rows: int  # output channels of an m tile
    columns: int  # output pixels of an output tile
    multipliers: int
    offset_bits: int  # metadata that stands beside a weight in its LRF
    pipeline_cycles: int
    first: Ints
    activations: Ints  # distinct activations that a column asks of SMEM
    weights: Ints  # weights stored in LRFs, zeros that the mode cannot skip included
    metadata_bits: Ints
    served: Ints  # rows that accumulate in the pass
    bank_rows: Ints  # the most that a column asks of one bank of SMEM
    ramp_cycles: int  # that a pass takes beyond its columns
    balanced_passes: int  # passes if every m tile's work were spread evenly over its cores

    @cached_property
    def totals(self) -> Totals:
        """Sums over all passes."""
        sums = totals(self.activations, self.weights, self.metadata_bits, self.served)
        return Totals(int(self.first[-1]), *sums.tolist())


class Array(Protocol):
    """The ``array:`` section of an architecture, a :class:`accel_sim.machine.Section`."""

    @property
    def multipliers(self) -> int:
        """Multipliers of the machine."""
        ...

    @property
    def accumulators(self) -> int:
        """Partial sums that one set of accumulators holds."""
        ...


class Architecture(Protocol):
    """The module of an architecture."""

    Array: type[Any]  # a Section that is an :class:`Array`

    def schedule(self, item: MaskedLayer, array: Any, layout: SmemLayout) -> Schedule:
        """The passes that the array makes of a layer."""
        ...


def find_architecture(name: str) -> Architecture:
    """The architecture of that name.

    Raises:
        InputError: no file of that name.
    """
    return cast(Architecture, find_part(accel_sim.architectures, name, "architecture"))
