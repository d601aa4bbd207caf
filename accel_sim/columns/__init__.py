"""Columns of result tables and what is printed of them, declared in the file of their group; their order.

A new file here needs no edit elsewhere; its columns come after those of today, whose files state their
``ORDER``, unless they say ``after`` which. :mod:`accel_sim.columns.contract` says what a file may hold.
"""

from __future__ import annotations

import sys
from typing import Any, Protocol, TypeVar

from accel_sim.columns.contract import (
    NONE,
    TEXT,
    Cell,
    Cost,
    LayerColumn,
    LayerRun,
    Line,
    MachineColumn,
    RatioColumn,
    TotalColumn,
)
from workloads.inputs.parts import parts_in_order

__all__ = [
    "COSTS",
    "LAYERS",
    "MACHINES",
    "NONE",
    "RATIOS",
    "SHOWN_COMPARISON",
    "SHOWN_LAYERS",
    "SHOWN_TOTALS",
    "TEXT",
    "TOTALS",
    "LayerRun",
    "in_order",
]


class Placed(Protocol):
    """What is found by its name, and may say which other it follows."""

    @property
    def name(self) -> str:
        """Its name among its like."""
        ...

    @property
    def after(self) -> str:
        """The one that it follows; empty: the one before it."""
        ...


Declared = TypeVar("Declared", bound=Placed)


def in_order(files: list[list[Declared]]) -> tuple[Declared, ...]:
    """What files declare, in their order; from one that says ``after`` on, behind the one that it names.

    Raises:
        ValueError: it names none.
    """
    chains: list[list[Declared]] = []
    for file in files:
        for place, one in enumerate(file):
            if place == 0 or one.after:
                chains.append([])
            chains[-1].append(one)
    found = [one for chain in chains if not chain[0].after for one in chain]
    waiting = [chain for chain in reversed(chains) if chain[0].after]  # the first of two ends up in front
    while waiting:
        names = [one.name for one in found]
        chain = next((chain for chain in waiting if chain[0].after in names), None)
        if chain is None:
            raise ValueError(
                f"{waiting[0][0].name}: expected after: a known name, got {waiting[0][0].after!r}"
            )
        waiting.remove(chain)
        place = names.index(chain[0].after) + 1
        found[place:place] = chain
    return tuple(found)


def _declared(kind: str) -> list[list[Any]]:
    return [list(getattr(file, kind, ())) for file in parts_in_order(sys.modules[__name__])]


LAYERS: tuple[LayerColumn, ...] = in_order(_declared("LAYERS"))
TOTALS: tuple[TotalColumn, ...] = in_order(_declared("TOTALS"))
MACHINES: tuple[MachineColumn, ...] = in_order(_declared("MACHINES"))
RATIOS: tuple[RatioColumn, ...] = in_order(_declared("RATIOS"))
SHOWN_LAYERS: tuple[Cell, ...] = in_order(_declared("SHOWN_LAYERS"))
SHOWN_TOTALS: tuple[Line, ...] = in_order(_declared("SHOWN_TOTALS"))
SHOWN_COMPARISON: tuple[Cell, ...] = in_order(_declared("SHOWN_COMPARISON"))
COSTS: tuple[Cost, ...] = tuple(cost for costs in _declared("COSTS") for cost in costs)
