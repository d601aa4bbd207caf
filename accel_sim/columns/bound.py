"""bound: the resource that binds."""

from typing import Any

from accel_sim.columns.contract import TEXT, Cell, LayerColumn, Line, TotalColumn


def binding_resource(counts: Any) -> str:
    """The resource that a layer's work keeps busy for longest, from its counts by name.

    The array counts with its imbalance: while one core works, the array is taken.
    """
    busy = {
        "compute": counts.compute_cycles + counts.stall_imbalance_cycles,
        "smem": counts.smem_busy_cycles,
        "dram": counts.dram_busy_cycles,
    }
    return max(busy, key=busy.__getitem__)


ORDER = 8
LAYERS = (
    LayerColumn(
        "bound",
        TEXT,
        "what its work keeps busy for longest",
        lambda run: binding_resource(run.counts),
        "mapping",
    ),
)
TOTALS = (TotalColumn("bound", TEXT, "the resource that binds the most cycles", lambda run: run.bound),)
SHOWN_LAYERS = (Cell("bound", lambda row: row["bound"], "left"),)
SHOWN_TOTALS = (Line("binding resource", lambda row: row["bound"]),)
SHOWN_COMPARISON = (Cell("bound", lambda row: row["bound"], "left"),)
