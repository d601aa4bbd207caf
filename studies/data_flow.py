"""The picture of the data flow, in README.md and docs/architecture.md: python -m studies.data_flow [FILE]."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from accel_sim.report.plots import save_figure
from workloads.console.script import Quick, run_script

PICTURE, QUICK_PICTURE = Path(__file__).parents[1] / "docs" / "data_flow.png", Path("results/data_flow.png")
DATA, PRUNING, WORKLOADS, SIMULATOR = "#f2f2f2", "#f6dcc8", "#d5e8d4", "#d3e0f3"


class Box(NamedTuple):
    """A place that data passes: its centre, its size, its words and the colour of its package."""

    x: float
    y: float
    title: str
    words: str
    colour: str
    width: float = 2.6
    height: float = 1.0


OWN = "a table, a pattern and a seed,\nor weights of your own"
BOXES = {
    "own": Box(11.35, 6.4, "no pruning", OWN, DATA),
    "network": Box(1.35, 4.9, "your network", "torch, and images\nof the user's classes", DATA),
    "prune": Box(4.65, 4.9, "pruning", "saliency, masks, fine-tuning,\nstage after stage", PRUNING),
    "file": Box(7.95, 4.9, "pruned network", "one .safetensors: masks,\nweights, activations", DATA),
    "workload": Box(11.35, 4.9, "workload", "layers, each with a keep-mask:\none bit a weight", WORKLOADS),
    "passes": Box(11.35, 3.4, "architecture", "passes: what the array\ndoes with this mask", SIMULATOR),
    "search": Box(7.95, 3.4, "mapping", "tiles, searched for cycles,\nenergy or EDP", SIMULATOR),
    "kernels": Box(4.65, 3.4, "kernels", "DRAM, SMEM, array in time:\ncycles, stalls, counts", SIMULATOR),
    "result": Box(1.35, 3.4, "result table", "a row a layer; counts x\nenergy of an action", SIMULATOR),
    "report": Box(1.35, 1.9, "compare, sweep, trace", "tables, pictures,\ntimelines", SIMULATOR),
    "reference": Box(
        6.3,
        1.9,
        "reference",
        "the same machine stepped clock by clock,\nequal in every count",
        SIMULATOR,
        5.8,
    ),
    "machine": Box(11.35, 1.9, "machine", "YAML: an architecture\nwith its numbers", DATA),
}
ARROWS = (
    ("network", "prune"),
    ("prune", "file"),
    ("file", "workload"),
    ("own", "workload"),
    ("workload", "passes"),
    ("machine", "passes"),
    ("passes", "search"),
    ("search", "kernels"),
    ("kernels", "result"),
    ("result", "report"),
)
PACKAGES = {"pruning": PRUNING, "workloads": WORKLOADS, "accel_sim": SIMULATOR, "files and yours": DATA}


def plot_data_flow() -> Figure:
    """Boxes and arrows; colours are packages."""
    figure, axes = plt.subplots(figsize=(12.6, 5.6), layout="constrained")
    for box in BOXES.values():
        _draw(axes, box)
    for one, other in ARROWS:
        _connect(axes, BOXES[one], BOXES[other])
    axes.set(xlim=(0, 12.7), ylim=(1.35, 6.95), aspect="equal")
    axes.axis("off")
    handles = [Rectangle((0, 0), 1, 1, facecolor=c, edgecolor="0.4") for c in PACKAGES.values()]
    axes.legend(handles, list(PACKAGES), ncols=4, loc="upper left", frameon=False, fontsize=10)
    return figure


def _draw(axes: Axes, box: Box) -> None:
    corner = box.x - box.width / 2, box.y - box.height / 2
    axes.add_patch(
        Rectangle(corner, box.width, box.height, facecolor=box.colour, edgecolor="0.4", linewidth=1)
    )
    axes.text(box.x, box.y + 0.14 * box.height, box.title, ha="center", va="bottom", weight="bold", size=11)
    axes.text(box.x, box.y + 0.08 * box.height, box.words, ha="center", va="top", size=9)


def _connect(axes: Axes, one: Box, other: Box) -> None:
    """An arrow between the sides that face each other: left and right first, where they do not overlap."""
    if abs(other.x - one.x) > (one.width + other.width) / 2 and abs(other.y - one.y) < 1:
        towards = 1 if other.x > one.x else -1
        begin = one.x + towards * one.width / 2, one.y
        end = other.x - towards * other.width / 2, other.y
    else:
        towards = 1 if other.y > one.y else -1
        begin = one.x, one.y + towards * one.height / 2
        end = other.x, other.y - towards * other.height / 2
    axes.annotate("", end, begin, arrowprops={"arrowstyle": "-|>", "color": "0.25", "linewidth": 1.4})


def main(
    picture: Annotated[Path | None, typer.Argument(help="docs/data_flow.png if not given.")] = None,
    quick: Quick = False,
) -> None:
    """Draw the picture; the quick form draws it among the results."""
    save_figure(plot_data_flow(), picture or (QUICK_PICTURE if quick else PICTURE))


if __name__ == "__main__":
    run_script(main)
