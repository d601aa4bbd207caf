"""What every architecture hands to the memory and the timeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, cast

import accel_sim.architectures
from accel_sim.kernels.arrays.shared.smem_layout import SmemLayout as SmemLayout
from accel_sim.machine import Machine
from workloads.inputs.parts import find_part
from workloads.kernels.types import Ints as Ints
from workloads.workload import MaskedLayer


class Widens:
    """Beside a field of an array: it says how many output pixels a tile has."""


def smem_layout(machine: Machine) -> SmemLayout:
    """How activations lie in a machine's SMEM (rule 7a)."""
    banks = machine.smem.banks
    if banks is None:
        return SmemLayout(machine.word_bytes)
    hashed = banks.layout == "hashed" and banks.count > 1  # one bank: there is nothing to choose
    return SmemLayout(machine.word_bytes, banks.count, banks.row_bytes, hashed)


UNBANKED = SmemLayout(word_bytes=1)


class Work(NamedTuple):
    """What the passes of a layer do in all, over all output tiles (rules 29 to 33)."""

    balanced_slots: int
    slots: int
    macs: int
    issued_macs: int
    lrf_reads: int
    lrf_writes: int
    lrf_metadata_reads: int
    accumulations: int  # of sums in the RF: each reads and writes one
    smem_words: int  # of streams and preloads
    smem_metadata_bits: int
    gated_macs: int = 0
    sums_in_place: int = 0  # accumulations beside the multipliers, in LRFs


@dataclass(frozen=True)
class Stream:
    """What passes ask for and how long they work, over output tiles of some width (rule 8).

    Output tiles that do not differ share a row of the tables, a *variant*.
    """

    variant: Ints  # [output tiles along n], the row of each
    slots: Ints  # [variants, passes]
    work: Ints  # [variants, passes]
    bits: Ints  # [variants, passes]
    preload_bits: Ints  # [variants, passes], or [1, passes] where it is the same for all
    total: Work


class Streams(Protocol):
    """A layer's passes, from which follow their streams over output tiles of any width."""

    def stream(self, columns: int, /) -> Stream:
        """The stream over output tiles of so many columns, of all of n."""
        ...


@dataclass(frozen=True)
class Schedule:
    """The passes of a layer, m tile after m tile (docs/machine)."""

    mode: str  # what the hardware makes use of, for the result table
    tile_m: int  # output channels of an m tile
    columns: int  # output pixels of an output tile, at most
    multipliers: int
    pipeline_cycles: int
    first: Ints  # [m tiles + 1], a tile's first pass
    weights: Ints  # [passes], words stored in DRAM and SMEM
    metadata_bits: Ints  # [passes], stored beside them
    ramps: Ints  # [passes], cycles that each takes beyond its work
    streams: Streams
    compressed_ifmap: bool = False  # whether zero activations are left out of DRAM and SMEM (rule 8b)

    def stream(self, columns: int) -> Stream:
        """What the passes ask for over output tiles of so many columns, of all of n."""
        return self.streams.stream(columns)


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

    def operand_bits(self, word_bits: int) -> int:
        """Bits of weights and activations that wait beside the multipliers, both sets (rules 38 to 42)."""
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
