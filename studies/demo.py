"""The demo: one user's three classes, five networks of equal cost to train, five machines.

``python -m studies.demo`` (or ``make demo``) prunes the shipped ResNet-20 to 90 % sparsity in four
ways, fine-tunes a dense one alike, simulates each on the machine that suits it and on the dense one,
prints a table and leaves tables and pictures in ``results/demo``. Networks that an earlier, perhaps
interrupted, demo finished are taken from there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from rich.progress import Progress, TaskID

from accel_sim import load_machine
from accel_sim.compare.comparison import compare
from accel_sim.report.files import save_table
from accel_sim.report.plots import plot_comparison, plot_layers, save_figure
from pruning.data import Dataset, load_fashion_mnist
from pruning.files.checkpoint import shipped_checkpoint
from pruning.run.config import RunConfig
from pruning.run.prune import is_finished, prune_to_file
from studies.mask_picture import plot_masks
from workloads import load_workload
from workloads.artifact import PrunedNetwork, read_artifact
from workloads.console.script import Quick, run_script
from workloads.console.terminal import print_rows

CLASSES = (2, 4, 6)  # Pullover, Coat, Shirt: the three that Fashion-MNIST's networks confuse most
SPARSITY = 0.9
QUICK_SHARE = 50
QUICK: dict[str, Any] = {"steps": 1, "last_steps": 0, "samples": 6, "calibration": 64, "batch_size": 16}
# Name, pattern, sparsity, and the machines beside the dense one that can make something of it.
NETWORKS = (
    ("dense", "dense", 0.0, ()),
    ("crisp", "crisp(1:4, block=16)", SPARSITY, ("crisp_stc", "nvidia_stc")),
    ("crisp_2_4", "crisp(2:4, block=16)", SPARSITY, ("crisp_stc", "nvidia_stc")),
    ("block", "block(block=16)", SPARSITY, ("crisp_stc",)),
    ("unstructured", "unstructured", SPARSITY, ("unstructured_gather", "dstc")),
)
PICTURED_LAYER = "layer3.0.conv1"
LAYER_PANELS = (
    "dense on dense_tc",
    "crisp on crisp_stc",
    "block on crisp_stc",
    "unstructured on unstructured_gather",
)


def main(
    output: Path = Path("results/demo"),
    data_root: str | None = None,
    steps: int = RunConfig.steps,
    quick: Quick = False,
) -> None:
    """Prune, simulate, print and draw; in the quick form with few images and steps."""
    torch.set_num_threads(1)  # two collapse beside a busy neighbour
    data = load_fashion_mnist("embedded" if quick else data_root)
    data, settings = (_few(data), QUICK) if quick else (data, {"steps": steps})
    networks = _prune_all(data, output, settings)
    table, layers = _simulate_all(networks, output)
    save_table(output, "demo", table)
    names = ", ".join(data.class_names[label] for label in CLASSES)
    title = f"ResNet-20 (width 32) on {data.name} for {names}"
    save_figure(plot_comparison(table, title), output / "latency_energy.png")
    save_figure(plot_layers({label: layers[label] for label in LAYER_PANELS}, title), output / "layers.png")
    pictured = {name: network for name, network in networks.items() if name != "dense"}
    save_figure(plot_masks(pictured, PICTURED_LAYER), output / "masks.png")
    _print(table, title)
    print(f"\nTables, pruned networks and pictures are in {output}:")
    print("\n".join(f"  {path}" for path in sorted(output.iterdir())))


def _few(data: Dataset) -> Dataset:
    """Every :data:`QUICK_SHARE`-th image of both sets."""
    few = slice(None, None, QUICK_SHARE)
    return replace(
        data,
        train_images=data.train_images[few],
        train_labels=data.train_labels[few],
        test_images=data.test_images[few],
        test_labels=data.test_labels[few],
    )


def _prune_all(data: Dataset, output: Path, settings: Mapping[str, Any]) -> dict[str, PrunedNetwork]:
    checkpoint = shipped_checkpoint()
    networks: dict[str, PrunedNetwork] = {}
    accuracy_before = None
    with Progress() as bar:
        for name, pattern, sparsity, _ in NETWORKS:
            path = output / f"{name}.safetensors"
            config = replace(RunConfig(CLASSES, pattern, sparsity), **settings)
            task = bar.add_task(f"{name:<12}", total=1)
            if is_finished(path, config, checkpoint, data):
                bar.update(task, completed=1, description=f"{name:<12} (from {path})")
            else:
                report = _reporter(bar, task, name)
                prune_to_file(config, checkpoint, data, path, report, accuracy_before)
            networks[name] = read_artifact(path)
            accuracy_before = networks[name].provenance["accuracy_before"]
    return networks


def _reporter(bar: Progress, task: TaskID, name: str) -> Callable[[int, int, str], None]:
    """What moves one network's line of the progress bar."""

    def report(done: int, total: int, what: str) -> None:
        bar.update(task, completed=done, total=total, description=f"{name:<12} {what}")

    return report


def _simulate_all(
    networks: dict[str, PrunedNetwork], output: Path
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Every network on the dense machine and on those that suit it; accuracy beside the cost."""
    pairs = [
        (name, load_workload(output / f"{name}.safetensors"), load_machine(machine))
        for name, _, _, machines in NETWORKS
        for machine in ("dense_tc", *machines)
    ]
    table, layers = compare(pairs)
    accuracy = table["label"].map(lambda name: networks[name].provenance["accuracy"])
    table.insert(1, "accuracy", accuracy)
    table.insert(2, "sparsity", 1 - table["density"])
    return table, layers


def _print(table: pd.DataFrame, title: str) -> None:
    headings = {
        "network": "left",
        "accuracy": "right",
        "sparsity": "right",
        "machine": "left",
        "cycles": "right",
        "speed-up": "right",
        "energy uJ": "right",
        "saved": "right",
        "EDP J s": "right",
        "bound": "left",
    }
    rows = [
        [
            row["label"],
            f"{row['accuracy']:.2%}",
            f"{row['sparsity']:.2%}",
            row["machine"],
            f"{row['cycles']:,}",
            f"{row['speedup']:.2f}x",
            f"{row['energy_pj'] * 1e-6:.1f}",
            f"{row['energy_ratio']:.2f}x",
            f"{row['edp_js']:.2e}",
            row["bound"],
        ]
        for row in table.to_dict("records")
    ]
    print_rows(title, headings, rows)


if __name__ == "__main__":
    run_script(main)
