"""A picture of what survives: one layer under several patterns, whole and close up."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from workloads.artifact import PrunedLayer, PrunedNetwork
from workloads.inputs import InputError

CLOSE_UP = 48  # rows and columns of the enlarged corner
GRID = 16  # side of the blocks whose borders are drawn


def plot_masks(networks: Mapping[str, PrunedNetwork], layer_name: str) -> Figure:
    """|weight| of the survivors of one layer, a row a network; white is pruned.

    Raises:
        InputError: a network has no such layer.
    """
    figure, panels = plt.subplots(
        len(networks),
        2,
        figsize=(13, 0.7 + 2.3 * len(networks)),
        width_ratios=(4.2, 1),
        squeeze=False,
        layout="constrained",
    )
    for (whole, close), (name, network) in zip(panels, networks.items(), strict=True):
        layer = _find(network, layer_name)
        size = np.abs(layer.dense())
        top, left = _busiest_corner(size)
        window = (slice(top, top + CLOSE_UP), slice(left, left + CLOSE_UP))
        _draw(whole, size, size)
        _draw(close, size[window], size)
        whole.add_patch(
            Rectangle((left - 0.5, top - 0.5), CLOSE_UP, CLOSE_UP, fill=False, ec="#c44e52", lw=1.5)
        )
        whole.set_title(
            f"{name}: {layer.mask.kept:,} of {layer.mask.weights:,} weights ({layer.mask.density:.1%})",
            fontsize=10,
            loc="left",
        )
        whole.set_ylabel("output channel", fontsize=8)
        close.set_title(f"close up, {CLOSE_UP} x {CLOSE_UP}", fontsize=9, loc="left")
        close.set_xticks(np.arange(-0.5, CLOSE_UP, GRID), [])
        close.set_yticks(np.arange(-0.5, CLOSE_UP, GRID), [])
        close.grid(color="#c44e52", alpha=0.5, lw=0.6)
        close.tick_params(length=0)
    panels[-1, 0].set_xlabel("k: filter tap by filter tap, input channels fastest", fontsize=8)
    figure.suptitle(f"What survives in {layer_name}: darker is larger, white is pruned")
    return figure


def _find(network: PrunedNetwork, name: str) -> PrunedLayer:
    for layer in network.layers:
        if layer.layer.name == name:
            return layer
    raise InputError(f"{name}: expected a layer of {network.name}, got none of that name")


def _draw(axes: Axes, size: npt.NDArray[np.float32], scale_of: npt.NDArray[np.float32]) -> None:
    positive = scale_of[scale_of > 0]
    norm = LogNorm(float(np.quantile(positive, 0.02)), float(positive.max()), clip=True)
    image = np.ma.masked_equal(size, 0)
    axes.imshow(image, cmap="YlGnBu", norm=norm, aspect="auto", interpolation="nearest")
    axes.tick_params(labelsize=7)


def _busiest_corner(size: npt.NDArray[np.float32]) -> tuple[int, int]:
    """Top left of the window (on the block grid) in which the most survives."""
    rows, columns = (max(1, length - CLOSE_UP + 1) for length in size.shape)
    alive = size > 0
    corners = [(r, c) for r in range(0, rows, GRID) for c in range(0, columns, GRID)]
    return max(corners, key=lambda at: int(alive[at[0] : at[0] + CLOSE_UP, at[1] : at[1] + CLOSE_UP].sum()))
