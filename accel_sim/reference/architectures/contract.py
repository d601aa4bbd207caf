"""Stepped: the program of an architecture: m tiles, passes, cycles, product by product (rule 8).

Each architecture has a file of its name here, whose ``program`` says what its multipliers do in each cycle
of a pass over an output tile; :mod:`accel_sim.reference.timeline.play` plays these cycles and knows nothing
of architectures.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple, cast

import accel_sim.reference.architectures
from accel_sim.machine import Machine
from accel_sim.reference.operands import Numbers
from workloads.inputs import InputError, did_you_mean
from workloads.inputs.parts import find_part, part_names
from workloads.workload import MaskedLayer

Place = tuple[int, int]  # output channel, output column
# Output channel, output column, weight, activation, and whether the weight is in the mask or a stored zero.
Product = tuple[int, int, int, int, bool]


class Cycle(NamedTuple):
    """What all multipliers of a stepped array do in a cycle."""

    products: Sequence[Product] = ()
    done: Collection[Place] = ()  # whose sums leave the adders for the accumulators behind it
    lrf_reads: int = 0
    lrf_metadata_reads: int = 0


class Demand(NamedTuple):
    """What a stepped pass asks of SMEM."""

    words: int = 0
    metadata_bits: int = 0


@dataclass
class Run:
    """A stepped pass over the columns of one output tile."""

    slots: int
    balanced: int  # slots (rules 9, 11a, 11f)
    work: int  # cycles with bank conflicts, as many as ``cycles`` has
    cycles: Iterator[Cycle]
    stream: Demand
    preload: Demand
    lrf_writes: int
    ramp: int = 0


class Pass(ABC):
    """A pass of an m tile, as it lies in DRAM, and what it does over any output tile."""

    stored_weights: int
    metadata_bits: int

    @abstractmethod
    def over(self, columns: range) -> Run:
        """The pass over some output columns."""


@dataclass(frozen=True)
class MTile:
    """Output channels that the array holds at a time."""

    out_channels: Sequence[int]
    passes: Sequence[Pass]


@dataclass(frozen=True)
class Program:
    """All passes of a layer, m tile after m tile, and how the array counts."""

    m_tiles: tuple[MTile, ...]
    multipliers: int
    gates: bool = False  # whether a multiplier with a zero stands still (rule 8b)
    compressed: bool = False  # whether the ifmap lies as non-zero words and a bitmap (rule 8b)
    sums_in_lrf: bool = False  # rather than in the RF (rule 30)

    @property
    def zeros_count(self) -> bool:
        """Whether it matters which activations are zero."""
        return self.gates or self.compressed

    @property
    def passes(self) -> tuple[Pass, ...]:
        """Every pass in order."""
        return tuple(p for m_tile in self.m_tiles for p in m_tile.passes)


def find_program(architecture: str) -> Callable[[MaskedLayer, Machine, Numbers], Program]:
    """What makes the passes of a layer on machines of an architecture, stepped.

    Raises:
        InputError: the reference has no file of that name.
    """
    package = accel_sim.reference.architectures
    known = part_names(package)
    if architecture not in known:
        raise InputError(
            f"engine: expected an architecture that the reference steps, got {architecture!r}"
            f"{did_you_mean(architecture, known)}"
        )
    found = find_part(package, architecture, "engine").program
    return cast(Callable[[MaskedLayer, Machine, Numbers], Program], found)


def side_by_side(workers: Iterable[Iterable[Cycle]]) -> Iterator[Cycle]:
    """The cycles of all workers of a pass, which begin together."""
    for together in zip_longest(*workers, fillvalue=Cycle()):
        yield Cycle(
            [product for cycle in together for product in cycle.products],
            [place for cycle in together for place in cycle.done],
            sum(cycle.lrf_reads for cycle in together),
            sum(cycle.lrf_metadata_reads for cycle in together),
        )
