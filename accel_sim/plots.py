"""Pictures of results: latency and energy, layer by layer, and over a sweep."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas.api.types import is_numeric_dtype

from accel_sim import counters as c
from workloads.inputs import InputError, as_path, replace_atomically

CYCLE_PARTS = ("compute_cycles", *c.STALLS)
TOTALS = ("cycles", "seconds", "energy_pj", *(f"energy_{part}_pj" for part in c.COMPONENTS))
CYCLE_COLOURS = ("#3b6fb6", "#c44e52", "#dd8452", "#ccb974", "#8172b3", "#a9a9a9", "#937860")
ENERGY_COLOURS = ("#3b6fb6", "#64b5cd", "#55a868", "#dd8452", "#c44e52")


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


def plot_comparison(table: pd.DataFrame, title: str) -> Figure:
    """Latency and energy side by side, a bar a row, cut by where they went."""
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(12, 1.6 + 0.42 * len(table)), sharey=True, layout="constrained"
    )
    labels = [f"{row.label}\non {row.machine}" for row in table.itertuples()]
    places = np.arange(len(table))[::-1]
    to_ms = 1e3 * table["seconds"] / table["cycles"]
    _stacked_bars(left, places, table, CYCLE_PARTS, CYCLE_COLOURS, to_ms)
    energies = tuple(f"energy_{part}_pj" for part in c.COMPONENTS)
    _stacked_bars(right, places, table, energies, ENERGY_COLOURS, 1e-9)
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
    figure.suptitle(title)
    return figure


def _stacked_bars(
    axes: Axes,
    places: np.ndarray,
    table: pd.DataFrame,
    columns: tuple[str, ...],
    colours: tuple[str, ...],
    scale: pd.Series | float,
) -> None:
    left = np.zeros(len(table))
    for column, colour in zip(columns, colours, strict=True):
        width = (table[column] * scale).to_numpy()
        axes.barh(places, width, 0.62, left=left, color=colour, label=part_name(column))
        left += width


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
        for column, colour in zip(CYCLE_PARTS, CYCLE_COLOURS, strict=True):
            height = table[column].to_numpy() * 1e-3
            axes.bar(places, height, 0.8, bottom=bottom, color=colour, label=part_name(column))
            bottom += height
        axes.set_title(f"{label}: {table['cycles'].sum():,} cycles", fontsize=9, loc="left")
        axes.set_ylabel("thousand cycles", fontsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    # Beneath the panels: a place inside would be searched for, and cover some layer's bar.
    parts = panels[0, 0].get_legend_handles_labels()
    figure.legend(*parts, loc="outside lower center", fontsize=7, ncols=len(CYCLE_PARTS), frameon=False)
    last = panels[-1, 0]
    names = next(iter(layers.values()))["layer"]
    last.set_xticks(np.arange(len(names)), names, rotation=90, fontsize=7)
    figure.suptitle(title)
    return figure


def varied_fields(table: pd.DataFrame) -> list[str]:
    """Machine fields (dotted columns) that take several values in a sweep's table."""
    return [name for name in table.columns if "." in name and table[name].nunique() > 1]


def plot_sizes(table: pd.DataFrame) -> Figure:
    """Latency and energy of every point against the size of the array, and the best of each size."""
    figure, panels = plt.subplots(1, 2, figsize=(11, 4.4), layout="constrained")
    words = ["workload", "pattern", "machine"]
    pattern = table["pattern"].astype(object).fillna("")  # a table that was read has no text there
    lines = list(table.assign(pattern=pattern).groupby(words, sort=False))
    for axes, column, scale, label in (
        (panels[0], "seconds", 1e3, "latency, ms"),
        (panels[1], "energy_pj", 1e-9, "energy, mJ"),
    ):
        for index, (_, part) in enumerate(lines):
            colour = f"C{index}"
            name = " ".join(str(part[word].iloc[0]) for word in words)
            axes.plot(part["multipliers"], part[column] * scale, ".", color=colour, alpha=0.45)
            best = part.groupby("multipliers")[column].min() * scale
            axes.plot(best.index, best, "-", color=colour, label=f"{name}: best of each size")
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        axes.set_xlabel("multipliers in the array")
        axes.set_ylabel(label)
        axes.grid(alpha=0.25, which="both")
    names = panels[0].get_legend_handles_labels()
    figure.legend(*names, loc="outside lower center", fontsize=7, frameon=False)
    figure.suptitle("Latency and energy against array size")
    return figure


def plot_heat_map(table: pd.DataFrame, fields: list[str]) -> Figure:
    """Latency and energy over two machine fields, the best over all others."""
    across, down = fields[:2]
    figure, panels = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
    for axes, column, scale, label in (
        (panels[0], "seconds", 1e3, "latency, ms"),
        (panels[1], "energy_pj", 1e-9, "energy, mJ"),
    ):
        grid = table.pivot_table(index=down, columns=across, values=column, aggfunc="min") * scale
        image = axes.imshow(grid, origin="lower", cmap="viridis_r", aspect="auto")
        axes.set_xticks(range(len(grid.columns)), [str(v) for v in grid.columns])
        axes.set_yticks(range(len(grid.index)), [str(v) for v in grid.index])
        middle = (grid.to_numpy().max() + grid.to_numpy().min()) / 2
        for (i, j), value in np.ndenumerate(grid.to_numpy()):
            axes.text(
                j,
                i,
                f"{value:.3g}",
                ha="center",
                va="center",
                fontsize=8,
                color="w" if value > middle else "k",
            )
        axes.set_xlabel(across)
        axes.set_ylabel(down)
        figure.colorbar(image, ax=axes, label=label)
    others = f", best over {', '.join(fields[2:])}" if len(fields) > 2 else ""
    figure.suptitle(f"Latency and energy over {across} and {down}{others}")
    return figure


def plot_table(table: pd.DataFrame, folder: str | os.PathLike[str]) -> list[Path]:
    """The pictures that a result table calls for: a sweep's, a comparison's or a run's layers.

    Raises:
        InputError: the columns are none of ours.
    """
    made: list[tuple[str, Callable[[], Figure]]] = []
    if _holds(table, ("workload", "pattern", "machine"), ("multipliers", "seconds", "energy_pj")):
        made.append(("size.png", lambda: plot_sizes(table)))
        fields = varied_fields(table)
        if len(fields) > 1:
            made.append(("heat_map.png", lambda: plot_heat_map(table, fields)))
    elif _holds(table, ("label", "machine"), ("speedup", "energy_ratio", *TOTALS, *CYCLE_PARTS)):
        made.append(("comparison.png", lambda: plot_comparison(table, "Latency and energy")))
    elif _holds(table, ("layer",), ("cycles", *CYCLE_PARTS)):
        made.append(("layers.png", lambda: plot_layers({"this run": table}, "Cycles of every layer")))
    else:
        raise InputError("table: expected the columns of a sweep, a comparison or a run, got others")
    return [save_figure(draw(), as_path(folder) / name) for name, draw in made]


def _holds(table: pd.DataFrame, names: tuple[str, ...], numbers: tuple[str, ...]) -> bool:
    return {*names, *numbers} <= set(table.columns) and all(is_numeric_dtype(table[n]) for n in numbers)
