"""density: how much is left of weights and activations."""

from accel_sim.columns.contract import Cell, LayerColumn, Line, TotalColumn

ORDER = 3
LAYERS = (
    LayerColumn("kept", "count", "weights that survive", lambda run: run.masked.mask.kept),
    LayerColumn(
        "activation_density", "", "share that is not zero", lambda run: run.masked.activation_density
    ),
)
TOTALS = (
    TotalColumn("density", "", "surviving share of the dense network's weights", lambda run: run.density),
    TotalColumn("asked_density", "", "what the pattern was asked to keep", lambda run: run.asked_density),
)
SHOWN_LAYERS = (Cell("density", lambda row: f"{row['kept'] / row['weights']:.1%}"),)
SHOWN_TOTALS = (
    Line(
        "weights kept",
        lambda row: f"{row['density']:.2%}",
        lambda row: f"asked for {row['asked_density']:.2%}",
        after="effectual MACs",
    ),
)
SHOWN_COMPARISON = (
    Cell("asked", lambda row: f"{row['asked_density']:.1%}"),
    Cell("density", lambda row: f"{row['density']:.1%}"),
)
