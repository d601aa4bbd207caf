"""energy: in all, by component, and times the delay."""

from operator import methodcaller

from accel_sim.columns.contract import Cell, Cost, LayerColumn, Line, RatioColumn, Row, TotalColumn
from accel_sim.counters import COMPONENTS


def _layer(part: str) -> LayerColumn:
    return LayerColumn(f"energy_{part}_pj", "pJ", f"of {part}", lambda run: run.energy[part])


def _total(part: str) -> TotalColumn:
    name = f"energy_{part}_pj"
    return TotalColumn(name, "pJ", f"of {part}", methodcaller("energy_of", part))


def _line(part: str) -> Line:
    """A line of what energy went to."""

    def share(row: Row) -> str:
        return f"{row[f'energy_{part}_pj'] / row['energy_pj']:.1%}"

    return Line(f"  {part}", lambda row: f"{row[f'energy_{part}_pj'] * 1e-9:.4f} mJ", share)


ORDER = 9
LAYERS = (
    LayerColumn("energy_pj", "pJ", "of all components", lambda run: sum(run.energy.values())),
    *map(_layer, COMPONENTS),
)
TOTALS = (
    TotalColumn("energy_pj", "pJ", "of all components", lambda run: run.energy_pj),
    *map(_total, COMPONENTS),
    TotalColumn("edp_js", "J s", "energy times delay", lambda run: run.edp_js),
)
RATIOS = (
    RatioColumn(
        "energy_ratio",
        "",
        "energy of the first row over its own",
        lambda row, first: first["energy_pj"] / row["energy_pj"],
    ),
)
SHOWN_LAYERS = (Cell("energy uJ", lambda row: f"{row['energy_pj'] * 1e-6:.3f}"),)
SHOWN_TOTALS = (
    Line("energy", lambda row: f"{row['energy_pj'] * 1e-9:.4f} mJ", after="latency"),
    *map(_line, COMPONENTS),
    Line("energy-delay product", lambda row: f"{row['edp_js']:.4e} J s"),
)
SHOWN_COMPARISON = (
    Cell("energy mJ", lambda row: f"{row['energy_pj'] * 1e-9:.4f}", after="speed-up"),
    Cell("energy saved", lambda row: f"{row['energy_ratio']:.2f}x"),
    Cell("EDP J s", lambda row: f"{row['edp_js']:.3e}"),
)
COSTS = (Cost("energy_pj", 1e-9, "energy, mJ"),)
