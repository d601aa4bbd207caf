"""Small PE arrays, with dense activations and without zeros."""

from __future__ import annotations

from typing import Any

from accel_sim.verify.layers import Pick

OFTEN = 2
SHOWS = (
    "gather dense",
    "gather skip",
    "unstructured pairs",
    "operand banks that stall",
    "row",
    "row_sorted",
    "dynamic",
)


def make(pick: Pick) -> dict[str, Any]:
    array = {
        "pe_rows": pick(range(1, 7)),
        "rows_per_pe": pick((1, 1, 2, 3)),
        "lanes": pick(range(1, 6)),
        "columns": pick(range(1, 9)),
        "distribution": pick(("row", "row_sorted", "dynamic")),
        "activations": pick(("dense", "skip", "skip")),
    }
    if array["activations"] == "skip":
        array |= {
            "pe_columns": pick((1, 2, 3, 5)),
            "depth": pick((1, 3, 7, 64, 70)),
            "operand_banks": pick((None, None, 1, 2, 3)),
        }
    return array
