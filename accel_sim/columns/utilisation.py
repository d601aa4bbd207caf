"""utilisation: effectual MACs over what all multipliers could have done."""

from accel_sim.columns.contract import Cell, LayerColumn, Line, TotalColumn

ORDER = 7
MEANING = "effectual MACs / (multipliers x cycles)"
LAYERS = (
    LayerColumn(
        "utilisation", "", MEANING, lambda run: run.counts.macs / (run.multipliers * run.counts.cycles)
    ),
)
TOTALS = (TotalColumn("utilisation", "", MEANING, lambda run: run.utilisation),)
SHOWN_LAYERS = (Cell("utilisation", lambda row: f"{row['utilisation']:.1%}"),)
SHOWN_TOTALS = (Line("utilisation", lambda row: f"{row['utilisation']:.2%}"),)
SHOWN_COMPARISON = (Cell("utilisation", lambda row: f"{row['utilisation']:.1%}"),)
