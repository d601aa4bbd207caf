"""The picture of :mod:`studies.density_model`: what densities do not foresee, layer by layer."""

from __future__ import annotations

from math import ceil

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Where the cycles are that densities do not see: column, colour (as in the other figures), words.
PARTS = {
    "tiles": ("#a9a9a9", "ragged tiles, whole slots, padding"),
    "zeros": ("#3b6fb6", "where the zeros are"),
    "imbalance": ("#8172b3", "imbalance"),
    "bank_conflict": ("#ccb974", "bank conflicts"),
    "transfers": ("#dd8452", "transfers (SMEM, DRAM)"),
}


def plot_parts(table: pd.DataFrame) -> Figure:
    """A panel a machine: what the density-only model leaves out of each layer, cut by cause."""
    runs = list(table.groupby(["pattern", "machine"], sort=False))
    down = ceil(len(runs) / 2)
    figure, panels = plt.subplots(
        down, 2, sharex=True, sharey=True, squeeze=False, figsize=(12, 2.6 * down + 1.6), layout="constrained"
    )
    for axes, ((pattern, machine), part) in zip(panels.flat, runs, strict=False):
        _draw_parts(axes, part)
        off = part["error"].abs().mean()
        axes.set_title(f"{pattern} on {machine}: {off:.0%} off on average", fontsize=9, loc="left")
    figure.supylabel("cycles not foreseen, % of the exact ones", fontsize=9)
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, fontsize=8, ncols=6, loc="outside lower center", frameon=False)
    figure.suptitle("What densities alone do not foresee: ResNet-20 (width 32), pruned by magnitude")
    return figure


def _draw_parts(axes: Axes, part: pd.DataFrame) -> None:
    places = np.arange(len(part))
    ends = {1: np.zeros(len(part)), -1: np.zeros(len(part))}  # of what is stacked up, and down
    for name, (colour, label) in PARTS.items():
        share = (100 * part[name] / part["cycles"]).to_numpy()
        axes.bar(places, share, 0.7, np.where(share > 0, ends[1], ends[-1]), color=colour, label=label)
        ends[1] += np.maximum(share, 0)
        ends[-1] += np.minimum(share, 0)
    axes.plot(places, -100 * part["error"], "kD", ms=4, label="in all")
    axes.axhline(0, color="k", lw=0.8)
    axes.set_xticks(places, part["layer"], rotation=60, ha="right", fontsize=7)
    axes.grid(axis="y", alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
