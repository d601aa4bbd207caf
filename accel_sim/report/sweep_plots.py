"""Pictures of a sweep: its varied fields, the array's size, a heat map, any column over any other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from pandas.api.types import is_numeric_dtype

from accel_sim.columns import COSTS
from accel_sim.report.files import ENERGY_NOTE
from accel_sim.report.lettering import as_written, log_axis
from workloads.inputs import InputError, did_you_mean
from workloads.inputs.printable import printable

WORDS = ("workload", "pattern", "machine")  # what a line of a picture is of


def varied_fields(table: pd.DataFrame) -> list[str]:
    """Machine fields (dotted columns) that take several values in a sweep's table."""
    return [name for name in table.columns if "." in name and table[name].nunique() > 1]


def _lines(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The rows of each workload, pattern and machine under the name that these make together."""
    words = [word for word in WORDS if word in table]
    if not words:
        return [("", table)]
    text = table[words].astype(object).fillna("")  # a table that was read has no text where there is none
    names = text.apply(lambda row: " ".join(str(word) for word in row if str(word)), axis=1)
    return [(printable(str(name)), part) for name, part in table.groupby(names, sort=False)]


@as_written
def plot_sizes(table: pd.DataFrame) -> Figure:
    """Latency and energy of every point against the size of the array, and the best of each size."""
    figure, panels = plt.subplots(1, len(COSTS), figsize=(5.5 * len(COSTS), 4.4), layout="constrained")
    for axes, (column, scale, label) in zip(panels, COSTS, strict=True):
        for index, (name, part) in enumerate(_lines(table)):
            colour = f"C{index}"
            axes.plot(part["multipliers"], part[column] * scale, ".", color=colour, alpha=0.45)
            best = part.groupby("multipliers")[column].min() * scale
            axes.plot(best.index, best, "-", color=colour, label=f"{name}: best of each size")
        log_axis(axes.xaxis, base=2)
        log_axis(axes.yaxis)
        axes.set_xlabel("multipliers in the array")
        axes.set_ylabel(label)
        axes.grid(alpha=0.25)
    figure.legend(
        *panels[0].get_legend_handles_labels(), loc="outside lower center", fontsize=7, frameon=False
    )
    figure.suptitle(f"Latency and energy against array size\n({ENERGY_NOTE})", fontsize=10)
    return figure


@as_written
def plot_heat_map(table: pd.DataFrame, fields: list[str]) -> Figure:
    """Latency and energy over two machine fields, the best over all others."""
    across, down = fields[:2]
    figure, panels = plt.subplots(1, len(COSTS), figsize=(5.5 * len(COSTS), 4.6), layout="constrained")
    for axes, (column, scale, label) in zip(panels, COSTS, strict=True):
        grid = table.pivot_table(index=down, columns=across, values=column, aggfunc="min") * scale
        image = axes.imshow(grid, origin="lower", cmap="viridis_r", aspect="auto")
        axes.set_xticks(range(len(grid.columns)), [printable(str(v)) for v in grid.columns])
        axes.set_yticks(range(len(grid.index)), [printable(str(v)) for v in grid.index])
        values = grid.to_numpy()
        middle = (np.nanmax(values) + np.nanmin(values)) / 2
        for (i, j), value in np.ndenumerate(values):
            text = "none" if np.isnan(value) else f"{value:.3g}"  # none of its points could be run
            colour = "w" if value > middle else "k"
            axes.text(j, i, text, ha="center", va="center", fontsize=8, color=colour)
        axes.set_xlabel(across)
        axes.set_ylabel(down)
        figure.colorbar(image, ax=axes, label=label)
    others = f", best over {', '.join(fields[2:])}" if len(fields) > 2 else ""
    title = f"Latency and energy over {across} and {down}{others}\n({ENERGY_NOTE})"
    figure.suptitle(title, fontsize=10)
    return figure


def plot_columns(table: pd.DataFrame, x: str, y: str) -> Figure:
    """One column of any table over another: numbers as points, words as places.

    Raises:
        InputError: the table has no such column; the message names its nearest and all there are.
    """
    for option, name in (("--x", x), ("--y", y)):
        if name not in table.columns:
            raise InputError(
                f"{option}: expected a column of the table, got {name!r}{did_you_mean(name, table.columns)}"
            )
    return _draw_columns(table.dropna(subset=[x, y]), x, y)


@as_written
def _draw_columns(table: pd.DataFrame, x: str, y: str) -> Figure:
    figure, axes = plt.subplots(figsize=(8, 4.8), layout="constrained")
    for name, part in _lines(table):
        axes.plot(_values(part, x), _values(part, y), "o", alpha=0.6, label=name)
    for axis, column in ((axes.xaxis, x), (axes.yaxis, y)):
        if is_numeric_dtype(table[column]) and len(table) and (table[column] > 0).all():
            log_axis(axis)
    axes.set_xlabel(printable(x))
    axes.set_ylabel(printable(y))
    axes.grid(alpha=0.25)
    if set(WORDS) & set(table):
        figure.legend(loc="outside lower center", fontsize=7, frameon=False)
    if y.startswith("energy") and any(name in table for name in varied_fields(table)):
        figure.suptitle(f"({ENERGY_NOTE})", fontsize=10)
    return figure


def _values(table: pd.DataFrame, column: str) -> list[Any]:
    if is_numeric_dtype(table[column]):
        return list(table[column])
    return [printable(str(value)) for value in table[column]]
