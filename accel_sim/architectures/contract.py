"""What an architecture hands to memory and timeline: array section, schedule of passes, stream, work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, cast

import accel_sim.architectures
from accel_sim.kernels.arrays.shared.smem_layout import SmemLayout as SmemLayout
from workloads.inputs.parts import find_part
from workloads.kernels.types import Ints as Ints
from workloads.workload import MaskedLayer


class Widens:
    """Marks the field of an ``Array`` that says how many output pixels an output tile has at most.

    ``columns: Annotated[int, Widens()] = Field(...)``. Every array has one such field, whatever its name;
    tests narrow the tiles of any machine by it.
    """


UNBANKED = SmemLayout(word_bytes=1)


class Work(NamedTuple):
    """What the passes of a layer do in all, over all output tiles (rules 29 to 33).

    Of a mapping only the width of its output tiles changes any of this.
    """

    balanced_slots: int  # cycles, if each m tile's work were spread evenly over its cores or PEs (rule 9)
    slots: int  # cycles of work, if no bank of SMEM were asked twice (rule 8)
    macs: int  # effectual ones (rule 30)
    issued_macs: int  # what multipliers switch for, stored zeros included
    lrf_reads: int  # words
    lrf_writes: int  # words
    lrf_metadata_reads: int  # offsets or indices, of the words that are read
    accumulations: int  # of sums in the RF: each reads and writes one accumulator (rule 32)
    smem_words: int  # that all streams and preloads ask of SMEM, without metadata (rule 33)
    smem_metadata_bits: int  # that they ask beside these
    gated_macs: int = 0  # multiplications of a stored weight that do not switch (rule 8b)
    sums_in_place: int = 0  # accumulations beside the multipliers, in LRFs instead of the RF (rule 30)


@dataclass(frozen=True)
class Stream:
    """What passes ask for and how long they work, over output tiles of some width (rule 8).

    Output tiles along n for which all passes take the same share a row of the tables, a *variant*: where only
    the width matters there are one or two of them (the last tile may be narrower), where each output column
    has zeros of its own as many as output tiles. All tables are int64.
    """

    variant: Ints  # [output tiles along n], the row of each
    slots: Ints  # [variants, passes], cycles of work if no bank of SMEM were asked twice
    work: Ints  # [variants, passes], cycles; at least the slots
    bits: Ints  # [variants, passes], the stream: what a pass asks of SMEM while it works
    preload_bits: Ints  # what it asks before: [variants, passes], or a table of one row that holds for all
    total: Work


class Streams(Protocol):
    """A layer's passes, from which follow their streams over output tiles of any width."""

    def stream(self, columns: int, /) -> Stream:
        """The stream over output tiles of so many columns (the last perhaps fewer), which cover all of n.

        Args:
            columns: output pixels, at least 1; mappings ask for no more than :attr:`Schedule.columns`.
        """
        ...


@dataclass(frozen=True)
class Schedule:
    """The passes of a layer, m tile after m tile (docs/machine); all arrays are int64."""

    mode: str  # what the hardware makes use of, for the result table
    tile_m: int  # output channels of an m tile; the last one may have fewer
    columns: int  # output pixels of an output tile, at most
    multipliers: int
    pipeline_cycles: int  # from the end of an output tile's last pass to its write-back (rule 26)
    first: Ints  # [m tiles + 1], a tile's first pass, and the number of passes; a tile may have none
    weights: Ints  # [passes], words stored in DRAM and SMEM
    metadata_bits: Ints  # [passes], stored beside them
    ramps: Ints  # [passes], cycles that each takes beyond its work (rule 11d)
    streams: Streams
    compressed_ifmap: bool = False  # whether zero activations are left out of DRAM and SMEM (rule 8b)

    def stream(self, columns: int) -> Stream:
        """What the passes ask for, as :meth:`Streams.stream` says."""
        return self.streams.stream(columns)


class Array(Protocol):
    """The ``array:`` section of an architecture, a :class:`accel_sim.machine.Section`."""

    @property
    def multipliers(self) -> int:
        """Multipliers of the machine."""
        ...

    @property
    def accumulators(self) -> int:
        """Partial sums that one set of accumulators of the machine holds; it has ``rf.buffers`` of these."""
        ...

    def operand_bits(self, word_bits: int) -> int:
        """Bits that wait beside the multipliers of the machine (rules 38 to 42).

        Weights and activations of ``word_bits`` each with their metadata, those in use and those that come.
        """
        ...


class Architecture(Protocol):
    """The module of an architecture: a file of this folder, found by its name.

    It may say ``WEIGHT_BYTES``, the memory in bytes that a run takes for each weight of its largest layer,
    where that is more than :data:`accel_sim.memory.WEIGHT_BYTES`.
    """

    Array: type[Any]  # a Section that is an :class:`Array`

    def schedule(self, masked: MaskedLayer, array: Any, layout: SmemLayout) -> Schedule:
        """The passes that the array makes of a layer.

        Args:
            array: an ``Array`` of the same module.
            layout: of the activations in SMEM.
        """
        ...


def find_architecture(name: str) -> Architecture:
    """The architecture of that name, by its file.

    Raises:
        InputError: no file of that name.
    """
    return cast(Architecture, find_part(accel_sim.architectures, name, "architecture"))
