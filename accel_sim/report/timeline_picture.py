"""A timeline as a picture: the spans of a cut, a lane a track, stalls coloured by cause."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter

from accel_sim import counters as c
from accel_sim.report.lettering import as_written
from accel_sim.report.plots import CYCLE_PARTS, part_name
from accel_sim.trace.cut import ARRAY, LOADS, STALLS, STORES, TRACKS, WRITE_BACKS, Cut, Span
from accel_sim.trace.timeline import Timeline
from workloads.inputs.printable import printable

CAUSE_COLOURS = {name: CYCLE_PARTS[name] for name in c.STALLS}
TRACK_COLOURS = {
    ARRAY: CYCLE_PARTS["compute_cycles"],
    WRITE_BACKS: "#64b5cd",
    LOADS: "#55a868",
    STORES: "#8fbf97",
}
# Of a step:
INSIDE = ("stall_smem_bandwidth_cycles", "stall_bank_conflict_cycles", "stall_fill_drain_cycles")
HEIGHT = 0.72  # of a lane
MOST_BARS = 300  # more spans than that are drawn as the share of time that each lane is busy
BINS = 480
NAME_ALL = 30  # of so few spans each has its name, be it ever so short
SMALLEST_LABEL = 0.035  # of the width
LETTER = 0.0055
HAIRLINE = 0.003
LATENCY_COLOUR, LATENCY_HEIGHT = "#b5d8bf", 0.1


@as_written
def plot_timeline(timeline: Timeline, cut: Cut) -> Figure:
    """The spans of a cut; bars with their names, or where they are too many how busy each lane is."""
    figure, axes = plt.subplots(figsize=(12, 4), layout="constrained")
    left, right = cut.from_cycle, cut.shown_to
    axes.set_xlim(left, right)
    axes.set_ylim(len(TRACKS) - 0.5, -0.5)
    axes.set_yticks(range(len(TRACKS)), TRACKS)
    few = len(cut.spans) <= MOST_BARS
    causes: set[str] = set()
    for lane, track in enumerate(TRACKS):
        spans = [span for span in cut.spans if span.track == track]
        causes |= (
            _bars(axes, lane, spans, len(cut.spans) <= NAME_ALL)
            if few
            else _shares(axes, lane, spans, (left, right))
        )
    legend = [Patch(color=CAUSE_COLOURS[name], label=part_name(name)) for name in c.STALLS if name in causes]
    if few and timeline.latency_cycles:
        legend.append(Patch(color=LATENCY_COLOUR, label="latency"))
    if legend:
        axes.legend(
            handles=legend, fontsize=8, loc="lower right", bbox_to_anchor=(1, 1), ncols=6, frameon=False
        )
    axes.set_xlabel("cycle" if few else "cycle (the height in a lane is the share of time that it is busy)")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda cycle, _: f"{cycle:,.0f}"))
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_title(_heading(timeline, cut), fontsize=10, loc="left", pad=26)
    return figure


def _heading(timeline: Timeline, cut: Cut) -> str:
    where = printable(f"{timeline.layer} on {timeline.machine.label}")
    text = f"{where}, {timeline.mapping}: {timeline.cycles:,} cycles"
    if cut.in_layer == len(cut.spans):
        return text
    return f"{text}; shown are {cut.from_cycle:,} to {cut.shown_to:,}"


def _bars(axes: Axes, lane: int, spans: Sequence[Span], name_all: bool) -> set[str]:
    """Each span as a bar with its name; returns the causes of stalls that were drawn."""
    boxes: list[Rectangle] = []
    colours: list[str] = []
    causes: set[str] = set()
    left, right = axes.get_xlim()
    named_to = left  # where the last name above a bar ends
    for span in spans:
        begin, length = span.begin_cycle, span.end_cycle - span.begin_cycle
        top = lane - HEIGHT / 2
        colour = TRACK_COLOURS.get(span.track, "")
        if span.track == STALLS:
            cause = f"stall_{span.name}_cycles"
            causes.add(cause)
            colour = CAUSE_COLOURS[cause]
        latency = span.arguments.get("latency_cycles", 0)
        boxes.append(Rectangle((begin, top), length - latency, HEIGHT))
        colours.append(colour)
        if latency:  # the path is free again: the next load is above
            boxes.append(Rectangle((begin + length - latency, top + HEIGHT), latency, LATENCY_HEIGHT))
            colours.append(LATENCY_COLOUR)
        for name in INSIDE:
            if span.arguments.get(name, 0):  # as high as its share of the step
                causes.add(name)
                height = HEIGHT * span.arguments[name] / length
                boxes.append(Rectangle((begin, top), length, height))
                top += height
                colours.append(CAUSE_COLOURS[name])
        visible = max(begin, left), min(span.end_cycle - latency, right)
        share = (visible[1] - visible[0]) / (right - left)
        middle, text = sum(visible) / 2, _text(span, share)
        if share > SMALLEST_LABEL:
            _name(axes, span, text, middle, lane)
        elif name_all:  # above the bar, unless another name is there
            half = LETTER * (right - left) * len(text) / 2
            if middle - half >= named_to:
                _name(axes, span, text, middle, lane - HEIGHT / 2 - 0.12)
                named_to = middle + half
    # A white edge parts bars that touch; it would hide those that are hardly wider than itself.
    hairline = HAIRLINE * (right - left)
    edges = [
        "white" if box.get_width() > hairline else colour for box, colour in zip(boxes, colours, strict=True)
    ]
    axes.add_collection(PatchCollection(boxes, facecolors=colours, edgecolors=edges, linewidths=0.5))
    return causes


def _text(span: Span, share: float) -> str:
    """The name of a bar that takes a share of the width, with its cycles if there is room."""
    if span.track == STALLS:
        return f"{span.end_cycle - span.begin_cycle:,}"
    latency = span.arguments.get("latency_cycles", 0)
    cycles = f"{span.begin_cycle:,} to {span.end_cycle - latency:,}"
    if latency and share > 2 * LETTER * len(cycles):
        cycles += f", arrives at {span.end_cycle:,}"
    if share <= SMALLEST_LABEL:
        return f"{span.name}: {cycles}"
    return f"{span.name}\n{cycles}" if share > LETTER * len(cycles) else span.name.replace(" ", "\n", 1)


def _name(axes: Axes, span: Span, text: str, middle: float, place: float) -> None:
    """Write the name of a bar."""
    stalled = any(span.arguments.get(name, 0) for name in INSIDE)
    colour = "white" if span.track == ARRAY and place == round(place) and not stalled else "black"
    drawn = axes.text(middle, place, text, ha="center", va="center", fontsize=7, color=colour)
    if stalled:  # on several colours
        drawn.set_path_effects([withStroke(linewidth=1.5, foreground="white", alpha=0.8)])


def _shares(axes: Axes, lane: int, spans: Sequence[Span], window: tuple[int, int]) -> set[str]:
    """How busy a lane is, over time; returns the causes of stalls that were drawn."""
    edges = np.linspace(*window, BINS + 1)
    layers: dict[str, npt.NDArray[np.float64]] = {}
    begins = np.array([span.begin_cycle for span in spans], np.float64)
    ends = np.array([span.end_cycle - span.arguments.get("latency_cycles", 0) for span in spans], np.float64)
    if spans and spans[0].track == STALLS:
        names = np.array([f"stall_{span.name}_cycles" for span in spans])
        for name in c.STALLS:
            if (names == name).any():
                layers[name] = _busy(begins[names == name], ends[names == name], edges)
    elif spans:
        layers[spans[0].track] = _busy(begins, ends, edges)
        for name in INSIDE:
            share = np.array([span.arguments.get(name, 0) for span in spans]) / np.maximum(ends - begins, 1)
            if share.any():
                layers[name] = _busy(begins, ends, edges, share)
                layers[spans[0].track] = layers[spans[0].track] - layers[name]
    bottom = np.full(BINS, lane + HEIGHT / 2)
    for name, busy in layers.items():
        top = bottom - HEIGHT * busy
        colour = CAUSE_COLOURS.get(name) or TRACK_COLOURS[name]
        axes.stairs(top, edges, baseline=bottom, fill=True, color=colour, linewidth=0)
        bottom = top
    axes.axhline(lane + HEIGHT / 2, color="#a9a9a9", linewidth=0.5)
    return layers.keys() & CAUSE_COLOURS.keys()


def _busy(
    begins: npt.NDArray[np.float64],
    ends: npt.NDArray[np.float64],
    edges: npt.NDArray[np.float64],
    weight: npt.NDArray[np.float64] | float = 1.0,
) -> npt.NDArray[np.float64]:
    """Share of each stretch between two edges that the spans cover, each by its weight."""
    weights = np.broadcast_to(weight, begins.shape)
    covered = _covered_before(begins, weights, edges) - _covered_before(ends, weights, edges)
    return np.diff(covered) / np.diff(edges)


def _covered_before(
    points: npt.NDArray[np.float64], weights: npt.NDArray[np.float64], edges: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """The sum of weight x (edge - point) over the points before each edge."""
    order = np.argsort(points, kind="stable")
    count = np.searchsorted(points[order], edges)
    weight = np.concatenate(([0.0], np.cumsum(weights[order])))[count]
    moment = np.concatenate(([0.0], np.cumsum((weights * points)[order])))[count]
    return weight * edges - moment
