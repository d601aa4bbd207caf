"""Bars of latency, energy and cycles, their legend, the pictures of any table; a figure saved as PNG."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas.api.types import is_numeric_dtype

from accel_sim import counters as c
from accel_sim.columns import COSTS
from accel_sim.report.colours import coloured
from accel_sim.report.lettering import as_written
from accel_sim.report.sweep_plots import WORDS, plot_heat_map, plot_sizes, varied_fields
from workloads.inputs import InputError, as_path, replace_atomically
from workloads.inputs.printable import printable

# Column -> colour of the parts of a bar; a new part takes one of those that are left.
CYCLE_PARTS = coloured(
    ("compute_cycles", *c.STALLS),
    ("#3b6fb6", "#c44e52", "#dd8452", "#ccb974", "#8172b3", "#a9a9a9", "#937860"),
)
ENERGY_PARTS = coloured(
    tuple(f"energy_{part}_pj" for part in c.COMPONENTS),
    ("#3b6fb6", "#64b5cd", "#55a868", "#dd8452", "#c44e52"),
)


@as_written
def save_figure(figure: Figure, path: str | os.PathLike[str]) -> Path:
    """Write a figure as PNG and close it."""
    path = as_path(path)
    replace_atomically(
        path, lambda target: figure.savefig(target, dpi=150, format="png", metadata={"Software": None})
    )
    plt.close(figure)
    return path


def part_name(column: str) -> str:
    """A counter's column as words for a legend."""
    name = column.removesuffix("_cycles").removesuffix("_pj").removeprefix("energy_")
    return name.replace("stall_", "stall: ").replace("_", " ")


@as_written
def plot_comparison(table: pd.DataFrame, title: str) -> Figure:
    """Latency and energy side by side, a bar a row, cut by where they went."""
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(12, 1.6 + 0.42 * len(table)), sharey=True, layout="constrained"
    )
    labels = [f"{printable(str(row.label))}\non {printable(str(row.machine))}" for row in table.itertuples()]
    places = np.arange(len(table))[::-1]
    to_ms = 1e3 * table["seconds"] / table["cycles"]
    _stacked_bars(left, places, table, CYCLE_PARTS, to_ms)
    _stacked_bars(right, places, table, ENERGY_PARTS, 1e-9)
    for place, (_, row) in zip(places, table.iterrows(), strict=True):
        left.text(1e3 * row["seconds"], place, f" {row['speedup']:.1f}x", va="center", fontsize=8)
        right.text(row["energy_pj"] * 1e-9, place, f" {row['energy_ratio']:.1f}x", va="center", fontsize=8)
    left.set_yticks(places, labels, fontsize=8)
    left.set_xlabel("latency, ms")
    right.set_xlabel("energy, mJ")
    for axes in (left, right):
        axes.margins(x=0.12)
        axes.legend(fontsize=7, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(printable(title))
    return figure


def _stacked_bars(
    axes: Axes,
    places: np.ndarray,
    table: pd.DataFrame,
    parts: Mapping[str, str],
    scale: pd.Series | float,
) -> None:
    left = np.zeros(len(table))
    for column, colour in parts.items():
        width = (table[column] * scale).to_numpy()
        axes.barh(places, width, 0.62, left=left, color=colour, label=part_name(column))
        left += width


@as_written
def plot_layers(layers: dict[str, pd.DataFrame], title: str) -> Figure:
    """Cycles of every layer, a panel a run, cut by where they went."""
    figure, panels = plt.subplots(
        len(layers),
        1,
        figsize=(12, 1.2 + 2.1 * len(layers)),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for axes, (label, table) in zip(panels[:, 0], layers.items(), strict=True):
        places = np.arange(len(table))
        bottom = np.zeros(len(table))
        for column, colour in CYCLE_PARTS.items():
            height = table[column].to_numpy() * 1e-3
            axes.bar(places, height, 0.8, bottom=bottom, color=colour, label=part_name(column))
            bottom += height
        axes.set_title(f"{printable(label)}: {table['cycles'].sum():,} cycles", fontsize=9, loc="left")
        axes.set_ylabel("thousand cycles", fontsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    # Beneath the panels: a place inside would be searched for, and cover some layer's bar.
    parts = panels[0, 0].get_legend_handles_labels()
    figure.legend(*parts, loc="outside lower center", fontsize=7, ncols=len(CYCLE_PARTS), frameon=False)
    last = panels[-1, 0]
    names = [printable(str(name)) for name in next(iter(layers.values()))["layer"]]
    last.set_xticks(np.arange(len(names)), names, rotation=90, fontsize=7)
    figure.suptitle(printable(title))
    return figure


def plot_table(table: pd.DataFrame, folder: str | os.PathLike[str]) -> list[Path]:
    """The pictures that a result table calls for: a sweep's, a comparison's or a run's layers.

    Points of a sweep that could not be run are left out.

    Raises:
        InputError: the columns are none of ours, or no point of a sweep could be run.
    """
    made: list[tuple[str, Callable[[], Figure]]] = []
    of_sweep = ["multipliers", *(cost.column for cost in COSTS)]
    if _holds(table, WORDS, of_sweep):
        ran = table.dropna(subset=of_sweep)
        if ran.empty:
            raise InputError("table: expected a point that could be run, got none")
        made.append(("size.png", lambda: plot_sizes(ran)))
        fields = varied_fields(ran)
        if len(fields) > 1:
            made.append(("heat_map.png", lambda: plot_heat_map(ran, fields)))
    elif _holds(
        table,
        ("label", "machine"),
        ("cycles", "seconds", "energy_pj", "speedup", "energy_ratio", *CYCLE_PARTS, *ENERGY_PARTS),
    ):
        made.append(("comparison.png", lambda: plot_comparison(table, "Latency and energy")))
    elif _holds(table, ("layer",), ("cycles", *CYCLE_PARTS)):
        made.append(("layers.png", lambda: plot_layers({"this run": table}, "Cycles of every layer")))
    else:
        raise InputError("table: expected the columns of a sweep, a comparison or a run, got others")
    return [save_figure(draw(), as_path(folder) / name) for name, draw in made]


def _holds(table: pd.DataFrame, names: Sequence[str], numbers: Sequence[str]) -> bool:
    return {*names, *numbers} <= set(table.columns) and all(is_numeric_dtype(table[n]) for n in numbers)
