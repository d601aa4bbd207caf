"""What a file of counters declares: each statistic in a line, and the price of its action."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Price(NamedTuple):
    """Energy of an action where a table has none."""

    pj: float
    source: str
    word_bytes: int = 1  # width of the words that it is the price of


class Counter(NamedTuple):
    """One statistic of a layer."""

    name: str
    unit: str
    component: str  # whose energy it is; empty: costs none
    action: str  # name of the energy per unit in the energy table; empty: costs none
    meaning: str
    of_width: int = 0  # the power of the width of words that energy of an action follows (rule 37a)
    price: Price | None = None  # of the action; a table's own comes first, and a table needs none
    # What it is where neither engine counts it, from all that they do, by name (``counts.cycles``).
    derived: Callable[[Any], int] | None = None
