"""latency: cycles at the machine's clock."""

from accel_sim.columns.contract import Cell, Cost, Line, RatioColumn, TotalColumn

ORDER = 6
TOTALS = (TotalColumn("seconds", "s", "all layers, one after another", lambda run: run.seconds),)
RATIOS = (
    RatioColumn(
        "speedup",
        "",
        "seconds of the first row over its own",
        lambda row, first: first["seconds"] / row["seconds"],
    ),
)
SHOWN_TOTALS = (Line("latency", lambda row: f"{1e3 * row['seconds']:.4f} ms"),)
SHOWN_COMPARISON = (Cell("speed-up", lambda row: f"{row['speedup']:.2f}x"),)
COSTS = (Cost("seconds", 1e3, "latency, ms"),)
