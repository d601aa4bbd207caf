"""Results as tables on a screen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from accel_sim import counters as c
from accel_sim.results import NONE, SimulationResult
from workloads.inputs.terminal import print_rows, say

if TYPE_CHECKING:
    from accel_sim.trace import Cut, Timeline


def print_result(result: SimulationResult, with_layers: bool) -> None:
    """Totals, where the cycles went, where the energy went, and the layers if asked for."""
    if with_layers:
        print_layers(result)
    total = result.summary()
    print_rows(
        f"{result.workload} on {result.machine}",
        {"what": "left", "value": "right", "share": "right"},
        _overview(result, total),
    )
    print_exempt({result.exempt})


def _overview(result: SimulationResult, total: dict[str, Any]) -> list[list[str]]:
    cycles, energy = result.cycles, result.energy_pj
    rows = [
        ["cycles", f"{cycles:,}", ""],
        ["  computing", f"{total['compute_cycles']:,}", f"{total['compute_cycles'] / cycles:.1%}"],
    ]
    for stall in c.STALLS:
        name = stall.removeprefix("stall_").removesuffix("_cycles").replace("_", " ")
        rows.append([f"  stalled: {name}", f"{total[stall]:,}", f"{total[stall] / cycles:.1%}"])
    rows += [
        ["latency", f"{1e3 * result.seconds:.4f} ms", ""],
        ["energy", f"{energy * 1e-9:.4f} mJ", ""],
    ]
    for part in c.COMPONENTS:
        share = total[f"energy_{part}_pj"]
        rows.append([f"  {part}", f"{share * 1e-9:.4f} mJ", f"{share / energy:.1%}"])
    rows += [
        ["energy-delay product", f"{result.edp_js:.4e} J s", ""],
        ["effectual MACs", f"{result.macs:,}", ""],
        ["weights kept", f"{result.density:.2%}", f"asked for {result.asked_density:.2%}"],
        ["utilisation", f"{result.utilisation:.2%}", ""],
        ["binding resource", result.bound, ""],
    ]
    return rows


def print_exempt(notes: Iterable[str]) -> None:
    """Which layers are dense although a pattern was given, and why."""
    for note in dict.fromkeys(notes):
        if note and note != NONE:
            say(f"dense, exempt from the pattern: {note} (--exempt)")


def warnings_of(table: pd.DataFrame, words: list[str]) -> list[str]:
    """What a reader of a table of totals has to know, each with the ``words`` of its row."""
    rows = table[table["warning"] != NONE].to_dict("records") if len(table) else []
    return [f"{' '.join(str(row[word]) for word in words).strip()}: {row['warning']}" for row in rows]


def print_layers(result: SimulationResult) -> None:
    """One line a layer."""
    rows = [
        [
            row["layer"],
            row["mode"],
            f"{row['m_dim']}x{row['k_dim']}x{row['n_dim']}",
            f"{row['kept'] / row['weights']:.1%}",
            f"{row['cycles']:,}",
            f"{row['utilisation']:.1%}",
            row["bound"],
            f"{row['dram_read_bytes'] + row['dram_write_bytes']:,}",
            f"{row['energy_pj'] * 1e-6:.3f}",
        ]
        for row in result.layers.to_dict("records")
    ]
    headings = {
        "layer": "left",
        "mode": "left",
        "m x k x n": "right",
        "density": "right",
        "cycles": "right",
        "utilisation": "right",
        "bound": "left",
        "DRAM bytes": "right",
        "energy uJ": "right",
    }
    print_rows(f"layers of {result.workload} on {result.machine}", headings, rows)


def print_trace(timeline: Timeline, cut: Cut) -> None:
    """A layer, where its cycles went, and how much of it is in the trace."""
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
    columns = {"what": "left", "value": "right", "share": "right"}
    print_rows(f"{timeline.layer} on {timeline.machine.label}", columns, rows)
    if cut.left_out():
        say(cut.left_out())


def print_comparison(title: str, table: pd.DataFrame) -> None:
    """One line a pair, ratios to the first."""
    rows = [
        [
            row["label"],
            row["machine"],
            f"{row['asked_density']:.1%}",
            f"{row['density']:.1%}",
            f"{row['cycles']:,}",
            f"{row['speedup']:.2f}x",
            f"{row['energy_pj'] * 1e-9:.4f}",
            f"{row['energy_ratio']:.2f}x",
            f"{row['edp_js']:.3e}",
            f"{row['utilisation']:.1%}",
            row["bound"],
            f"{row['smem_bytes'] / 1024:,.0f} + {row['local_bytes'] / 1024:,.1f}",
        ]
        for row in table.to_dict("records")
    ]
    headings = {
        "workload": "left",
        "machine": "left",
        "asked": "right",
        "density": "right",
        "cycles": "right",
        "speed-up": "right",
        "energy mJ": "right",
        "energy saved": "right",
        "EDP J s": "right",
        "utilisation": "right",
        "bound": "left",
        "SMEM + local KB": "right",
    }
    print_rows(title, headings, rows)
    print_exempt(table["exempt"])
