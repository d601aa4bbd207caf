"""exempt: which layers stay dense beside the pattern, and what a reader of totals has to know."""

from accel_sim.columns.contract import NONE, TEXT, LayerColumn, TotalColumn

ORDER = 4
LAYERS = (
    LayerColumn(
        "exempt", TEXT, "why it is dense beside the pattern", lambda run: run.masked.exempt or NONE, "weights"
    ),
)
TOTALS = (
    TotalColumn("exempt", TEXT, "layers that are dense, and why", lambda run: run.exempt or NONE),
    TotalColumn("warning", TEXT, "what a reader has to know", lambda run: run.warning or NONE),
)
