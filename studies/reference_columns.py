"""What each column of a result table says, as the counters and :mod:`accel_sim.columns` declare it."""

from __future__ import annotations

from accel_sim.columns import LAYERS, TEXT, TOTALS
from accel_sim.counters import COMPONENTS, COUNTERS
from studies.reference_fields import Row

_NO_UNITS = ("count", TEXT)
_SAID = {one.name: (one.unit, one.meaning) for one in TOTALS}
_SAID |= {one.name: (one.unit, one.meaning) for one in LAYERS}
_SAID |= {one.name: (one.unit, one.meaning) for one in COUNTERS}
_OF_PARTS = {f"energy_{part}_pj": ("pJ", f"of {part}") for part in COMPONENTS}


def column(name: str) -> Row:
    """The column of that name; KeyError where nothing says what it is."""
    unit, meaning = (_OF_PARTS | _SAID)[name]
    return Row(name, "", "" if unit in _NO_UNITS else unit, "", "", meaning)
