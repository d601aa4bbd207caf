"""Small cores that multiply condensed lines."""

from __future__ import annotations

from typing import Any

from accel_sim.verify.layers import Pick

OFTEN = 1
SHOWS = ("outer_product skip", "bitmaps", "slow merges")


def make(pick: Pick) -> dict[str, Any]:
    return {
        "core_rows": pick((1, 2, 3)),
        "core_columns": pick((1, 2, 3)),
        "rows": pick((1, 2, 3)),
        "cols": pick((1, 2, 4)),
        "tile_rows": pick(range(1, 6)),
        "tile_columns": pick(range(1, 6)),
        "depth": pick((1, 3, 8, 70)),
        "merges_per_cycle": pick((1, 3, 5, 100)),
    }
