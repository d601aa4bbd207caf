"""Pictures of :mod:`studies.pruning_results`: accuracy against sparsity and cost, density layer by layer."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from workloads.artifact import read_artifact

WHOLE = ", classifier whole"  # of the rule of exemption "last"
BLIND = ", all classes"  # what saliency looked at
_MARKING = ["exempt", "saliency_classes"]
COLOURS = {
    "dense": "#333333",
    "crisp(1:4, block=16)": "#8db6e2",
    "crisp(2:4, block=16)": "#3b6fb6",
    "crisp(3:4, block=16)": "#1b3d6e",
    "crisp(1:4, block=32)": "#9edac9",
    "crisp(2:4, block=32)": "#3fa38a",
    "crisp(3:4, block=32)": "#1d5c4c",
    "block(block=16)": "#c44e52",
    "unstructured": "#c5b8e0",
    "unstructured" + WHOLE: "#6a4fa3",
    "nm": "#dd8452",
    "channel": "#937860",
}
SPARE_COLOURS = ("#d4a017", "#0f8b8d", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf")


def _with_lines(table: pd.DataFrame) -> pd.DataFrame:
    """Each run with its line: among others all N:M alone are one, and all channel pruning is one."""
    name = table["pattern"].str.partition("(")[0]
    alone = name[name != "dense"].nunique() == 1
    line = table["pattern"].where(alone | ~name.isin(["nm", "channel"]), name)
    return table.assign(line=line + _marks(table))


def _marks(table: pd.DataFrame) -> pd.Series:
    whole = table["exempt"].str.contains("last").map({True: WHOLE, False: ""})
    return whole + (table["saliency_classes"] == "all").map({True: BLIND, False: ""})


def _coloured(rows: pd.DataFrame) -> list[tuple[str, str]]:
    """The lines of a picture and their colours, those of the list above first and in its order.

    Saliency of all classes is studied elsewhere: it is left out where there is anything else.
    """
    lines = list(dict.fromkeys(rows["line"]))
    lines = [line for line in lines if not line.endswith(BLIND)] or lines
    others = [line for line in lines if line not in COLOURS]
    more = zip(others, itertools.cycle(SPARE_COLOURS))
    return [(line, colour) for line, colour in COLOURS.items() if line in lines] + list(more)


def _users(table: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(table["user"]))


def plot_accuracy(table: pd.DataFrame, name: str) -> Figure:
    """Accuracy against the sparsity reached, a panel a user; bars are one standard deviation."""
    users = _users(table)
    figure, panels = plt.subplots(
        1, len(users), figsize=(5.6 * len(users), 4.8), layout="constrained", squeeze=False
    )
    # One network on two machines is one point.
    rows = _with_lines(table).drop_duplicates(["user", "line", "pattern", "sparsity", "accuracy"])
    for axes, user in zip(panels[0], users, strict=True):
        mine = rows[rows["user"] == user]
        for line, colour in _coloured(rows):
            part = mine[mine["line"] == line].sort_values("reached_sparsity")
            if part.empty:
                continue
            if line == "dense":
                axes.axhline(100 * part["accuracy"].iloc[0], color=colour, ls=":", label=line)
                continue
            axes.errorbar(
                100 * part["reached_sparsity"],
                100 * part["accuracy"],
                100 * part["deviation"].fillna(0),
                color=colour,
                marker="o",
                ms=4,
                capsize=2,
                label=line,
            )
        _finish(axes, f"user {user!r}", "sparsity reached, %", "accuracy, %")
    _legend(figure, panels[0, 0], f"{name}: accuracy on the user's classes")
    return figure


def plot_pareto(table: pd.DataFrame, name: str) -> Figure:
    """Accuracy against simulated latency and energy; the line joins what nothing else beats in both."""
    users = _users(table)
    figure, panels = plt.subplots(
        2, len(users), figsize=(5.6 * len(users), 8.4), layout="constrained", squeeze=False
    )
    rows = _with_lines(table)
    coloured = _coloured(rows)
    rows = rows[rows["line"].isin(dict(coloured))]
    for column, user in enumerate(users):
        mine = rows[rows["user"] == user]
        for axes, cost, scale, label in (
            (panels[0, column], "seconds", 1e6, "latency, us"),
            (panels[1, column], "energy_pj", 1e-6, "energy, uJ"),
        ):
            for line, colour in coloured:
                for machine, part in mine[mine["line"] == line].groupby("machine", sort=False):
                    hollow = machine in ("dstc", "edge_systolic")
                    axes.plot(
                        part[cost] * scale,
                        100 * part["accuracy"],
                        "o",
                        ms=6,
                        color=colour,
                        mfc="none" if hollow else colour,
                        label=f"{line} on {machine}",
                    )
            best = mine.sort_values([cost, "accuracy"], ascending=[True, False])
            best = best[best["accuracy"] > best["accuracy"].cummax().shift(fill_value=-1)]
            axes.step(best[cost] * scale, 100 * best["accuracy"], where="post", color="#999999", lw=1)
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 4, 5, 7)))
            axes.xaxis.set_major_formatter("{x:g}")
            axes.xaxis.set_minor_locator(NullLocator())
            _finish(axes, f"user {user!r}", label, "accuracy, %")
    _legend(figure, panels[0, 0], f"{name}: accuracy against simulated cost")
    return figure


def plot_layer_densities(found: pd.DataFrame, folder: Path, sparsity: float = 0.9) -> Figure:
    """Which layers each pattern thins: surviving fraction of every layer of one user's networks.

    Of the dense network's weights, so that layers that became narrower show too. Where nothing was pruned
    to ``sparsity``, the highest there is.
    """
    first = found[found["user"] == found["user"].iloc[0]].drop_duplicates(["pattern", "sparsity", *_MARKING])
    pruned = first if (first["pattern"] == "dense").all() else first[first["pattern"] != "dense"]
    if (pruned["sparsity"] != sparsity).all():
        sparsity = pruned["sparsity"].max()
    mine = pruned[pruned["sparsity"] == sparsity]
    dense = read_artifact(folder / first[first["pattern"] == "dense"]["file"].iloc[0])
    networks = [read_artifact(folder / name) for name in mine["file"]]
    kept = np.array([[masked.mask.kept for masked in network.layers] for network in networks])
    grid = kept / [masked.layer.weights for masked in dense.layers]
    figure, axes = plt.subplots(figsize=(11, 1.8 + 0.34 * len(grid)), layout="constrained")
    image = axes.imshow(100 * grid, cmap="viridis", aspect="auto", vmin=0, vmax=100)
    axes.set_yticks(range(len(grid)), list(mine["pattern"] + _marks(mine)), fontsize=8)
    names = [masked.layer.name for masked in dense.layers]
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
    for (row, column), value in np.ndenumerate(grid):
        colour = "white" if value < 0.6 else "black"
        axes.text(column, row, f"{100 * value:.0f}", ha="center", va="center", fontsize=6, color=colour)
    figure.colorbar(image, ax=axes, label="surviving weights, %")
    axes.set_title(
        f"{folder.name}, user {mine['user'].iloc[0]!r}, {sparsity:.0%} sparse: density of each layer"
    )
    return figure


def _finish(axes: Axes, title: str, x: str, y: str) -> None:
    axes.set_title(title, fontsize=10)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def _legend(figure: Figure, axes: Axes, title: str) -> None:
    handles, labels = axes.get_legend_handles_labels()
    columns = 4 if figure.get_figwidth() > 8 else 2
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, fontsize=7, frameon=False)
    figure.suptitle(title)
