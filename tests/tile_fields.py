"""Which field of an array says how many output pixels a tile has: what tests change to make tiles small."""

from __future__ import annotations

from typing import Any

from accel_sim.load import load_machine

COLUMNS = "array.columns"
TILE_FIELDS = {
    "structured_tensor_core": COLUMNS,
    "gather": COLUMNS,
    "systolic": "array.accumulator_depth",
    "outer_product": "array.tile_columns",
}


def renamed(machine: str, overrides: dict[str, Any]) -> dict[str, Any]:
    """Overrides whose ``array.columns`` is the field that the machine's architecture has for it."""
    field = TILE_FIELDS[load_machine(machine).architecture]
    return {field if name == COLUMNS else name: value for name, value in overrides.items()}
