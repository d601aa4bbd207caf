"""counts: every counter there is."""

from operator import attrgetter, methodcaller

from accel_sim.columns.contract import Cell, LayerColumn, Line, Row, TotalColumn
from accel_sim.counters import COUNTERS, STALLS


def _part_of_cycles(name: str, counter: str) -> Line:
    """A line of what cycles went to."""

    def share(row: Row) -> str:
        return f"{row[counter] / row['cycles']:.1%}"

    return Line(f"  {name}", lambda row: f"{row[counter]:,}", share)


def _cause(stall: str) -> str:
    return stall.removeprefix("stall_").removesuffix("_cycles").replace("_", " ")


ORDER = 5
LAYERS = tuple(LayerColumn(c.name, c.unit, c.meaning, attrgetter(f"counts.{c.name}")) for c in COUNTERS)
TOTALS = tuple(TotalColumn(c.name, c.unit, c.meaning, methodcaller("total", c.name)) for c in COUNTERS)
SHOWN_LAYERS = (
    Cell("cycles", lambda row: f"{row['cycles']:,}"),
    Cell("DRAM bytes", lambda row: f"{row['dram_read_bytes'] + row['dram_write_bytes']:,}", after="bound"),
)
SHOWN_TOTALS = (
    Line("cycles", lambda row: f"{row['cycles']:,}"),
    _part_of_cycles("computing", "compute_cycles"),
    *(_part_of_cycles(f"stalled: {_cause(stall)}", stall) for stall in STALLS),
    Line("effectual MACs", lambda row: f"{row['macs']:,}", after="energy-delay product"),
)
SHOWN_COMPARISON = (Cell("cycles", lambda row: f"{row['cycles']:,}"),)
