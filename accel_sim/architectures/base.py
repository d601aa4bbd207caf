"""What every architecture hands to the memory and the timeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt

import accel_sim.architectures
from accel_sim.machine import Section
from workloads.inputs.parts import find_part
from workloads.workload import MaskedLayer

Ints = npt.NDArray[np.int64]


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
    balanced_passes: int  # passes if every m tile's work were spread evenly over its cores


class Architecture(Protocol):
    """The module of an architecture."""

    Array: type[Section]

    def schedule(self, item: MaskedLayer, array: Any) -> Schedule:
        """The passes that the array makes of a layer."""
        ...


def find_architecture(name: str) -> Architecture:
    """The architecture of that name.

    Raises:
        InputError: no file of that name.
    """
    return cast(Architecture, find_part(accel_sim.architectures, name, "architecture"))
