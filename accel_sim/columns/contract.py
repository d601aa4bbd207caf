"""What a file of columns declares: columns of layers, totals, machines and ratios; cells, lines and costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from accel_sim.machine import Machine
from workloads.masked_layer import MaskedLayer

if TYPE_CHECKING:
    from accel_sim.results import SimulationResult

NONE = "none"  # of a column of text: what is empty would be missing once read back from CSV
TEXT = "text"  # the unit of such a column
Row = Mapping[Any, Any]  # of a table, by column


class LayerRun(NamedTuple):
    """A layer that has run: what its row is made of."""

    masked: MaskedLayer
    mode: str
    mapping: str
    multipliers: int
    counts: Any  # by name, as Python's whole numbers: int64 may not hold a product
    energy: Mapping[str, float]  # of each component, picojoules


@dataclass(frozen=True)
class _Column:
    name: str
    unit: str  # TEXT; empty: a number without one
    meaning: str


@dataclass(frozen=True)
class LayerColumn(_Column):
    """A column of the table of layers, in ``LAYERS`` of a file."""

    value: Callable[[LayerRun], Any]
    after: str = ""  # the column that it follows; empty: the one before it in its file, or the file before


@dataclass(frozen=True)
class TotalColumn(_Column):
    """A column of the totals of a run, in ``TOTALS`` of a file."""

    value: Callable[[SimulationResult], Any]
    after: str = ""


@dataclass(frozen=True)
class MachineColumn(_Column):
    """A column that stands behind the totals in a comparison, in ``MACHINES`` of a file."""

    value: Callable[[Machine], Any]
    after: str = ""


@dataclass(frozen=True)
class RatioColumn(_Column):
    """A column of a comparison that relates a row to the first, in ``RATIOS`` of a file."""

    value: Callable[[Row, Row], Any]  # of a row and the first
    after: str = ""


@dataclass(frozen=True)
class Cell:
    """A column on the screen, in ``SHOWN_LAYERS`` or ``SHOWN_COMPARISON`` of a file."""

    name: str  # its heading
    text: Callable[[Row], str]
    side: Literal["left", "right"] = "right"
    after: str = ""


@dataclass(frozen=True)
class Line:
    """A line of the totals on the screen, in ``SHOWN_TOTALS`` of a file."""

    name: str
    text: Callable[[Row], str]
    share: Callable[[Row], str] = lambda _: ""
    after: str = ""


class Cost(NamedTuple):
    """What pictures of a sweep show, a panel each, in ``COSTS`` of a file."""

    column: str  # of the totals
    scale: float
    label: str
