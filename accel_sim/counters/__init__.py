"""Every statistic of a run, declared once, some derived: name, unit, what an action costs, one sentence.

A file here declares the counters of one component, in ``COUNTERS``; a new file needs no edit elsewhere,
and its columns come after those of today, whose files state their ``ORDER``.
Kernels write into an int64 array at the indices ``at``; columns of the result table, energy and the
documentation derive from :data:`COUNTERS`.
"""

from __future__ import annotations

import sys
from collections import namedtuple
from typing import Any

import numpy as np
import numpy.typing as npt

from accel_sim.counters.contract import Counter, Price
from workloads.inputs.parts import parts_in_order

__all__ = ["COMPONENTS", "COUNT", "COUNTERS", "NAMES", "STALLS", "At", "Counter", "Price", "at", "derive"]


COUNTERS: tuple[Counter, ...] = tuple(
    counter for file in parts_in_order(sys.modules[__name__]) for counter in file.COUNTERS
)
NAMES = tuple(counter.name for counter in COUNTERS)
COUNT = len(COUNTERS)
COMPONENTS = tuple(dict.fromkeys(c.component for c in COUNTERS if c.component))
STALLS = tuple(name for name in NAMES if name.startswith("stall_"))

# The place of each counter by its name, ``out[at.cycles]``; to numba a constant. Mypy could know its fields
# from a second list of them alone, so a test looks every ``at.name`` of the source up instead.
At: Any = namedtuple("At", NAMES)  # type: ignore[misc]
at: Any = At(*range(COUNT))


def derive(out: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Fill in the counters that follow from others, in place: int64 [COUNT]."""
    for index, counter in enumerate(COUNTERS):
        if counter.derived is not None:
            out[index] = counter.derived(At(*out.tolist()))
    return out
