"""Cycles against channels kept, on systolic arrays: they fall in steps of whole array tiles.

``python -m studies.channel_steps`` prints where the steps are, leaves two tables in
``results/channel_steps`` and draws ``docs/channel_steps.png``; docs/channel_steps.md says what is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from accel_sim import load_machine, simulate
from accel_sim.report.files import save_table
from accel_sim.report.plots import save_figure
from workloads import load_workload
from workloads.console.script import Quick, run_script
from workloads.console.terminal import print_rows
from workloads.masks import KeepMask
from workloads.network import load_network
from workloads.workload import MaskedLayer, Workload

PICTURE = Path(__file__).parents[1] / "docs" / "channel_steps.png"
NETWORK, LAYER = "resnet18", "layer4.1.conv1"  # 512 channels in, 3 x 3, 7 x 7 pixels
CHANNELS = range(64, 513, 4)
WHOLE_NETWORK = "resnet50"
DENSITIES = tuple(tenths / 10 for tenths in range(10, 0, -1))
SHOWN = (484, 480, 448, 384, 260, 256, 128, 64)  # channels in the table that is printed
QUICK_NETWORK, QUICK_DENSITIES = "resnet20_w16_28", (1.0, 0.5)
MULTIPLES = (1, 32)


class Setting(NamedTuple):
    """A machine, the inputs that it works on at once, and its look in the figure."""

    machine: str
    batch: int
    colour: str

    @property
    def label(self) -> str:
        """For legends and titles."""
        return f"{self.machine}, batch {self.batch}"


SETTINGS = (
    Setting("edge_systolic", 1, "#3b6fb6"),
    Setting("tpu_v1_like", 64, "#c44e52"),
    Setting("tpu_v1_like", 1, "#dd8452"),
)


def sweep_channels(setting: Setting, channels: Sequence[int] = CHANNELS) -> pd.DataFrame:
    """The layer with so many output channels left: a row each."""
    whole = next(layer for layer in load_network(NETWORK).layers if layer.name == LAYER)
    items = []
    for kept in channels:
        layer = replace(whole, name=f"{kept}", out_channels=kept, batch=setting.batch)
        items.append(MaskedLayer(layer, KeepMask.ones(layer.m_dim, layer.k_dim)))
    machine = load_machine(setting.machine)
    table = simulate(Workload(LAYER, tuple(items), NETWORK), machine).layers
    table.insert(0, "array_columns", machine.array["cols"])
    table.insert(0, "batch", setting.batch)
    table.insert(0, "machine", setting.machine)
    return table


def sweep_network(
    setting: Setting, network: str = WHOLE_NETWORK, densities: Sequence[float] = DENSITIES
) -> pd.DataFrame:
    """The whole network narrowed to each density, widths rounded down to each of the multiples."""
    machine = load_machine(setting.machine)
    rows = []
    for multiple in MULTIPLES:
        for density in densities:
            pattern = f"channel(density={density:g}, multiple={multiple})"
            workload = load_workload(network, pattern=pattern, batch=setting.batch)
            total = simulate(workload, machine).summary()
            rows.append({"batch": setting.batch, "multiple": multiple, "asked_density": density, **total})
    table = pd.DataFrame(rows)
    dense = table.loc[table["asked_density"] == max(densities), "cycles"].iloc[0]
    table["speedup"] = dense / table["cycles"]
    return table


def step_edges(table: pd.DataFrame, column: str = "compute_cycles") -> list[int]:
    """The channel counts at which one channel fewer costs less than ``column`` did before."""
    counts = table["m_dim"].to_numpy()
    values = table[column].to_numpy()
    return [int(counts[i]) for i in range(len(counts) - 1) if values[i + 1] > values[i]]


def plot_steps(
    layers: Sequence[pd.DataFrame], networks: Sequence[pd.DataFrame], network: str = WHOLE_NETWORK
) -> Figure:
    """A panel a setting: the layer against its channels; and the whole network against its density."""
    figure, panels = plt.subplots(2, len(SETTINGS), figsize=(13, 7.4), layout="constrained")
    for axes, setting, table in zip(panels[0], SETTINGS, layers, strict=True):
        _draw_layer(axes, setting, table)
    for axes, setting, table in zip(panels[1], SETTINGS, networks, strict=True):
        _draw_network(axes, setting, table, network)
    figure.suptitle(f"Channel pruning on systolic arrays: {LAYER} of {NETWORK}, and {network}")
    return figure


def _draw_layer(axes: Axes, setting: Setting, table: pd.DataFrame) -> None:
    kept = table["m_dim"]
    last = table.iloc[-1]
    even = last["cycles"] * kept / last["m_dim"]
    axes.plot(kept, even * 1e-3, "k:", lw=1, label="in proportion to the channels")
    axes.step(kept, table["cycles"] * 1e-3, where="pre", color=setting.colour, label="cycles")
    axes.step(
        kept, table["compute_cycles"] * 1e-3, "--", where="pre", color="#a9a9a9", label="of these computing"
    )
    columns = int(last["array_columns"])
    axes.set_title(f"{setting.label}: array {columns} channels wide", fontsize=9, loc="left")
    axes.set_xticks(range(0, int(last["m_dim"]) + 1, 64))
    axes.set_xlabel("output channels kept")
    axes.set_ylabel("thousand cycles")
    axes.set_ylim(bottom=0)
    _finish(axes)


def _draw_network(axes: Axes, setting: Setting, table: pd.DataFrame, network: str) -> None:
    even = [1 / density for density in sorted(table["density"])]
    axes.plot(sorted(table["density"]), even, "k:", lw=1, label="in proportion to the weights")
    for multiple, mark in zip(MULTIPLES, ("o-", "s--"), strict=True):
        part = table[table["multiple"] == multiple]
        words = "any width" if multiple == 1 else f"widths in steps of {multiple}"
        fill = setting.colour if multiple == 1 else "w"
        axes.plot(part["density"], part["speedup"], mark, ms=4, color=setting.colour, mfc=fill, label=words)
    axes.set_title(f"{network} on {setting.label}", fontsize=9, loc="left")
    axes.set_xlabel("weights kept, fraction of the dense network")
    axes.set_ylabel("speed-up over dense")
    axes.set_yscale("log", base=2)
    axes.set_yticks([1, 2, 4, 8], ["1", "2", "4", "8"])
    _finish(axes)


def _finish(axes: Axes) -> None:
    axes.grid(alpha=0.25)
    axes.legend(fontsize=7, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)


def _print(layers: Sequence[pd.DataFrame], networks: Sequence[pd.DataFrame], network: str) -> None:
    rows = []
    for setting, table in zip(SETTINGS, layers, strict=True):
        cycles = table.set_index("m_dim")["cycles"]
        rows.append(
            [setting.label, f"{cycles[512]:,}", *(f"{cycles[kept] / cycles[512]:.1%}" for kept in SHOWN)]
        )
    print_rows(
        f"{LAYER} of {NETWORK}: cycles with 512 channels, and what is left of them with fewer",
        {"machine": "left", "512": "right", **{str(kept): "right" for kept in SHOWN}},
        rows,
    )
    for setting, table in zip(SETTINGS, layers, strict=True):
        edges = ", ".join(map(str, step_edges(table)))
        print(f"{setting.label}: the array computes longer with the next channel after {edges}")
    rows = []
    for setting, table in zip(SETTINGS, networks, strict=True):
        for multiple, part in table.groupby("multiple"):
            cells = zip(part["speedup"], part["density"], strict=True)
            rows.append([setting.label, f"{multiple}", *(f"{s:.2f}x\n{d:.0%}" for s, d in cells)])
    print_rows(
        f"{network} narrowed to at most a density: speed-up over the dense one, and the weights kept",
        {
            "machine": "left",
            "steps of": "right",
            **{f"{d:g}": "right" for d in networks[0]["asked_density"].unique()},
        },
        rows,
    )


def main(
    output: Path = Path("results/channel_steps"), picture: Path | None = None, quick: Quick = False
) -> None:
    """Simulate, print and draw; quick: fewer points, a small network, drawn beside the tables."""
    channels = sorted((*SHOWN, CHANNELS[-1])) if quick else CHANNELS
    network, densities = (QUICK_NETWORK, QUICK_DENSITIES) if quick else (WHOLE_NETWORK, DENSITIES)
    layers = [sweep_channels(setting, channels) for setting in SETTINGS]
    networks = [sweep_network(setting, network, densities) for setting in SETTINGS]
    save_table(output, "layer", pd.concat(layers, ignore_index=True))
    save_table(output, "network", pd.concat(networks, ignore_index=True))
    _print(layers, networks, network)
    target = picture or (output / PICTURE.name if quick else PICTURE)
    drawn = save_figure(plot_steps(layers, networks, network), target)
    print(f"{output}/layer.csv, {output}/network.csv, {drawn}")


if __name__ == "__main__":
    run_script(main)
