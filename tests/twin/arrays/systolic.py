"""Small grids of all dataflows."""

from __future__ import annotations

from typing import Any

from accel_sim.verify.layers import Pick

OFTEN = 2
SHOWS = ("output_stationary", "weight_stationary", "input_stationary", "ramps")


def make(pick: Pick) -> dict[str, Any]:
    dataflow = pick(("weight_stationary", "output_stationary", "input_stationary"))
    return {
        "rows": pick(range(1, 7)),
        "cols": pick(range(1, 7)),
        "dataflow": dataflow,
        "accumulator_depth": None if dataflow == "output_stationary" else pick(range(1, 9)),
        "double_buffered": pick((False, True)),
    }
