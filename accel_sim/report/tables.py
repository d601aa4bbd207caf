"""Results printed on a screen: totals, layers, a comparison, a trace, exempt layers; warnings of a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from accel_sim import counters as c
from accel_sim.columns import NONE, SHOWN_COMPARISON, SHOWN_LAYERS, SHOWN_TOTALS
from accel_sim.columns.contract import Cell
from accel_sim.results import SimulationResult
from workloads.console.terminal import print_rows, say

if TYPE_CHECKING:
    from accel_sim.trace import Cut, Timeline

OVERVIEW = {"what": "left", "value": "right", "share": "right"}


def print_result(result: SimulationResult, with_layers: bool) -> None:
    """Print a run's totals, where the cycles went, where the energy went, and the layers if asked for."""
    if with_layers:
        print_layers(result)
    total = result.summary()
    print_rows(
        f"{result.workload} on {result.machine}",
        OVERVIEW,
        [[line.name, line.text(total), line.share(total)] for line in SHOWN_TOTALS],
    )
    print_exempt({result.exempt})


def print_exempt(notes: Iterable[str]) -> None:
    """Print which layers are dense although a pattern was given, and why."""
    for note in dict.fromkeys(notes):
        if note and note != NONE:
            say(f"dense, exempt from the pattern: {note} (--exempt)")


def warnings_of(table: pd.DataFrame, words: list[str]) -> list[str]:
    """What a reader of a table of totals has to know, each with the ``words`` of its row."""
    rows = table[table["warning"] != NONE].to_dict("records") if len(table) else []
    return [f"{' '.join(str(row[word]) for word in words).strip()}: {row['warning']}" for row in rows]


def print_layers(result: SimulationResult) -> None:
    """Print one line a layer."""
    _print_cells(f"layers of {result.workload} on {result.machine}", SHOWN_LAYERS, result.layers)


def _print_cells(title: str, cells: Sequence[Cell], table: pd.DataFrame) -> None:
    rows = [[cell.text(row) for cell in cells] for row in table.to_dict("records")]
    print_rows(title, {cell.name: cell.side for cell in cells}, rows)


def print_trace(timeline: Timeline, cut: Cut) -> None:
    """Print a layer of a trace, where its cycles went, and how much of it is in the trace."""
    cycles, compute = timeline.cycles, int(timeline.counts[c.at.compute_cycles])
    rows = [
        ["mode", timeline.mode, ""],
        ["mapping", timeline.mapping, ""],
        ["engine", timeline.engine, ""],
        ["cycles", f"{cycles:,}", ""],
        ["  computing", f"{compute:,}", f"{compute / cycles:.1%}"],
    ]
    for cause, stalled in timeline.stalls().items():
        if stalled:
            rows.append([f"  stalled: {cause.replace('_', ' ')}", f"{stalled:,}", f"{stalled / cycles:.1%}"])
    rows.append(["spans", f"{len(cut.spans):,}", f"{len(cut.spans) / cut.in_layer:.1%}"])
    print_rows(f"{timeline.layer} on {timeline.machine.label}", OVERVIEW, rows)
    if cut.left_out():
        say(cut.left_out())


def print_comparison(title: str, table: pd.DataFrame) -> None:
    """Print a comparison, one line a pair, ratios to the first."""
    _print_cells(title, SHOWN_COMPARISON, table)
    print_exempt(table["exempt"])
