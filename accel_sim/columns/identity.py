"""identity: what ran, on what and how."""

from accel_sim.columns.contract import TEXT, Cell, LayerColumn, TotalColumn

ORDER = 1
LAYERS = (
    LayerColumn("layer", TEXT, "its name in the network", lambda run: run.masked.layer.name),
    LayerColumn("kind", TEXT, "conv or linear", lambda run: run.masked.layer.kind),
    LayerColumn("mode", TEXT, "what the hardware makes use of", lambda run: run.mode),
    LayerColumn("mapping", TEXT, "how it is cut into tiles, and what stays", lambda run: run.mapping),
)
TOTALS = (
    TotalColumn("workload", TEXT, "the network, and what prunes it", lambda run: run.workload),
    TotalColumn("machine", TEXT, "the machine, and the file that it is of", lambda run: run.machine),
)
SHOWN_LAYERS = (
    Cell("layer", lambda row: row["layer"], "left"),
    Cell("mode", lambda row: row["mode"], "left"),
)
SHOWN_COMPARISON = (
    Cell("workload", lambda row: row["label"], "left"),
    Cell("machine", lambda row: row["machine"], "left"),
)
