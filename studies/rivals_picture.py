"""Pictures of :mod:`studies.rivals`: speed-up over sparsity and over bandwidth."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

COLOURS = ("#3b6fb6", "#64b5cd", "#c44e52", "#dd8452", "#8172b3", "#55a868")
MARKERS = ("o", "s", "^", "v", "D", "P")


Lines = Sequence[tuple[str, str]]  # pattern and machine, in the order of their colours


def plot_sparsity(table: pd.DataFrame, lines: Lines) -> Figure:
    """Latency and energy against sparsity, a line a pattern and machine."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
    _lines(left, table, lines, "sparsity", "speedup")
    _lines(right, table, lines, "sparsity", "energy_ratio")
    for axes, what in ((left, "cycles"), (right, "energy")):
        x = sorted(table["sparsity"].unique())
        axes.plot(x, [1 / (1 - s) for s in x], color="#a9a9a9", ls=":", label="1 / density")
        axes.set_xlabel("sparsity of the weights")
        axes.set_ylabel(f"{what}: times less than dense")
        axes.set_yscale("log", base=2)
        axes.set_yticks([1, 2, 4, 8, 16], ["1x", "2x", "4x", "8x", "16x"])
        axes.set_ylim(0.9, 24)
    left.legend(fontsize=8, frameon=False)
    figure.suptitle("ResNet-50 on machines of equal resources")
    return figure


def plot_bandwidth(dram: pd.DataFrame, smem: pd.DataFrame, lines: Lines) -> Figure:
    """Speed-up over the dense core of the same bandwidth."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.6), sharey=True, layout="constrained")
    for axes, table, what in ((left, dram, "DRAM (SMEM 256)"), (right, smem, "SMEM (DRAM 32)")):
        _lines(axes, table, lines, "bytes_per_cycle", "speedup")
        axes.set_xscale("log", base=2)
        values = sorted(table["bytes_per_cycle"].unique())
        axes.set_xticks(values, [str(value) for value in values])
        axes.set_xlabel(f"{what}, bytes a cycle")
    left.set_ylabel("times fewer cycles than the dense core")
    left.set_ylim(bottom=0)
    left.legend(fontsize=8, frameon=False)
    figure.suptitle("ResNet-50, 90 % sparse: what bandwidth does to it")
    return figure


def _lines(axes: Axes, table: pd.DataFrame, lines: Lines, x: str, y: str) -> None:
    for (pattern, machine), colour, marker in zip(lines, COLOURS, MARKERS, strict=True):
        rows = table[(table["pattern"] == pattern) & (table["machine"] == machine)]
        axes.plot(rows[x], rows[y], color=colour, marker=marker, ms=5, label=f"{pattern} on {machine}")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
