"""What a model that knows densities alone would say, held against exact masks.

``python -m studies.density_model`` prints what docs/density_model.md quotes, leaves it in
``results/density_model`` and draws ``docs/density_model.png``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import ceil, comb
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd
import torch

from accel_sim import load_machine, simulate
from accel_sim.machine import Machine
from accel_sim.report.files import save_table
from accel_sim.report.plots import save_figure
from pruning.data import load_fashion_mnist
from pruning.files.checkpoint import load_checkpoint, shipped_checkpoint
from pruning.network.activations import measure_activations
from pruning.network.layers import weight_modules
from pruning.network.layout import from_gemm, to_gemm
from pruning.network.trace import trace_layers
from pruning.training.batch_norm import reestimate_batch_norm
from studies.density_picture import PARTS, plot_parts
from workloads.activations import Given, Uniform
from workloads.console.script import Quick, run_script
from workloads.formats import index_bits
from workloads.layer import Layer
from workloads.masks import KeepMask
from workloads.patterns import at_density, parse_pattern
from workloads.workload import MaskedLayer, Workload

PICTURE = Path(__file__).parents[1] / "docs" / "density_model.png"
DENSITY = 0.1  # of every layer, but N:M has its own
SEEDS, CALIBRATION = 5, 512  # random masks; images that batch norm sees
IMAGES = 64  # a batch long enough that the first load and the last store are a few percent of a layer
# Pattern, and the machines that are made for it.
PAIRS = (
    ("crisp(2:4, block=16)", ("crisp_stc",)),
    ("block(block=16)", ("block_tc",)),
    ("nm(2:4)", ("nvidia_stc",)),
    ("unstructured", ("csr_gather", "unstructured_gather", "dstc")),
)
EARLY = ("layer1.0.conv1", "layer1.2.conv2", "layer2.0.conv1", "layer2.0.downsample.0", "layer2.1.conv1")
LATE = ("layer2.2.conv2", "layer3.0.conv1", "layer3.0.downsample.0", "layer3.1.conv1", "layer3.2.conv2")
LAYERS = EARLY + LATE


class Densities(NamedTuple):
    """All that the model knows of a layer beside its shape."""

    weights: float
    activations: float
    blocks: float = 1.0  # of the blocks, those that live
    block: int = 0  # side of a block; 0: the pattern has none


class Estimate(NamedTuple):
    """Cycles that each resource needs for its expected work, spread evenly."""

    compute: float
    smem: float
    dram: float

    @property
    def cycles(self) -> float:
        """The busiest resource decides."""
        return max(self)


def any_of(density: float, count: float) -> float:
    """How likely it is that one of ``count`` independent places is not zero."""
    return 1 - (1 - density) ** count


def binomial(count: int, density: float) -> list[float]:
    """How likely 0, 1, ... ``count`` of ``count`` places are not zero."""
    return [comb(count, x) * density**x * (1 - density) ** (count - x) for x in range(count + 1)]


def outer_product_steps(array: Mapping[str, Any], weights: float, activations: float) -> float:
    """Expected cycles of a core for one position of k, both occupancies binomial (rule 11f)."""
    steps = 0.0
    for a, chance in enumerate(binomial(array["tile_rows"], weights)):
        for b, chance_b in enumerate(binomial(array["tile_columns"], activations)):
            products = ceil(a / array["rows"]) * ceil(b / array["cols"])
            steps += chance * chance_b * max(products, ceil(a * b / array["merges_per_cycle"]))
    return steps


def seen_pixels(layer: Layer) -> int:
    """Input pixels of an image under any kernel: not all where the stride is wider than the kernel."""
    return min(layer.in_h, layer.out_h * layer.kernel_h) * min(layer.in_w, layer.out_w * layer.kernel_w)


def density_only(layer: Layer, machine: Machine, density: Densities) -> Estimate:
    """The cycles of ``layer`` by its shape and ``density``; docs/density_model.md explains each line."""
    array, word = machine.array, 8 * machine.word_bytes
    m, k, n, kept = layer.m_dim, layer.k_dim, layer.n_dim, layer.weights * density.weights
    compressed, pixel = 1 + word * density.activations, float(word)  # bits of an activation as it lies
    if machine.architecture == "outer_product":
        tile, columns = array["core_rows"] * array["tile_rows"], array["core_columns"] * array["tile_columns"]
        cut = (m / array["tile_rows"]) * (n / array["tile_columns"])
        steps = k * cut * outer_product_steps(array, density.weights, density.activations)
        compute = steps / (array["core_rows"] * array["core_columns"])
        asked = 1 + (compressed - 1) * any_of(density.weights, min(m, tile))
        weight_bits, pixel = kept * word + m * k, compressed
    elif array.get("activations") == "skip":
        tile, columns = array["pe_rows"], array["columns"]
        multipliers = tile * array["pe_columns"] * array["lanes"]
        compute = kept * n * density.activations / multipliers
        depth = array["depth"]
        weight_bits = kept * (word + index_bits(depth)) + m * ceil(k / depth) * index_bits(depth + 1)
        asked = pixel = compressed
    elif machine.architecture == "gather":
        tile, columns = array["pe_rows"], array["columns"]
        compute = kept * n / (tile * array["lanes"])
        asked = word * any_of(density.weights, min(m, tile))
        weight_bits = kept * (word + index_bits(k)) + m * index_bits(round(kept) + 1)
    else:
        tile, columns = array["cores"] * array["rows"], array["columns"]
        compute = kept * n / (tile * array["lanes"])
        lists = max(1, min(m, tile) / density.block) if density.block else 1
        asked = word * any_of(density.blocks, lists)
        weight_bits = kept * (word + (2 if density.weights < density.blocks else 0))  # offsets of 2:4
        if density.block:
            columns_of_blocks = ceil(k / density.block)
            living = ceil(m / density.block) * columns_of_blocks * density.blocks
            weight_bits += living * index_bits(columns_of_blocks)
    stream = ceil(m / tile) * n * k * asked + ceil(n / columns) * weight_bits
    stored = layer.batch * layer.in_channels * seen_pixels(layer) * pixel + weight_bits + m * n * word
    port = machine.smem.bandwidth_bytes_per_cycle
    rate = machine.transfer.whole_rate
    return Estimate(compute, stream / (8 * port), stored / (8 * rate))


def densities(masked: MaskedLayer, pattern: str) -> Densities:
    """What is left of a layer's masks when only their densities are kept."""
    block = getattr(parse_pattern(at_density(pattern, DENSITY)), "block", 0)
    blocks = float(masked.mask.living_blocks(block, block).mean()) if block else 1.0
    return Densities(masked.mask.density, masked.activation_density, blocks, block)


def prune(pattern: str, checkpoint: Path, images: int = IMAGES) -> dict[str, MaskedLayer]:
    """Every convolution but the first, pruned by magnitude, with the zeros of its real inputs.

    Images are those of the embedded subset's test set; batch norm is measured anew on its training set.
    """
    data = load_fashion_mnist("embedded")
    model = load_checkpoint(checkpoint)[0]
    rule = parse_pattern(at_density(pattern, DENSITY))
    layers = trace_layers(model, data.image_shape)
    modules = weight_modules(model)
    masks = {}
    for layer in layers[1:]:
        weight = modules[layer.name].weight
        masks[layer.name] = rule.keep_mask(to_gemm(weight.detach().abs()).numpy())
        weight.data *= from_gemm(torch.from_numpy(masks[layer.name].to_dense()), weight.shape)
    reestimate_batch_norm(model, data.train_images[:CALIBRATION])
    inputs = measure_activations(model, data.test_images[:images], images)
    items = {}
    for layer in layers[1:]:
        if layer.kind == "conv":
            zeros = Given(cast(KeepMask, inputs[layer.name].keep))
            items[layer.name] = MaskedLayer(replace(layer, batch=images), masks[layer.name], zeros)
    return items


def random_twin(masked: MaskedLayer, pattern: str, seed: int) -> MaskedLayer:
    """The same layer under a random mask of the same pattern, with random activations, as dense as it."""
    score = np.random.default_rng(seed).random((masked.layer.m_dim, masked.layer.k_dim))
    mask = parse_pattern(at_density(pattern, masked.mask.density)).keep_mask(score)
    return MaskedLayer(masked.layer, mask, Uniform(masked.activation_density))


def compare_layer(masked: MaskedLayer, pattern: str, machine: Machine) -> dict[str, Any]:
    """One row: exact cycles, those of random masks (the mean), density-only ones, and what lies between."""
    exact = _run(masked, machine)
    random = pd.DataFrame([_run(random_twin(masked, pattern, seed), machine) for seed in range(SEEDS)])
    cycles = float(random["cycles"].mean())
    said = density_only(masked.layer, machine, densities(masked, pattern))
    return {
        "pattern": pattern,
        "machine": machine.name,
        **exact,
        "density_only_cycles": round(said.cycles),
        "error": said.cycles / exact["cycles"] - 1,
        "random_mask_cycles": round(cycles),
        "random_mask_error": cycles / exact["cycles"] - 1,
        **{f"density_only_{resource}_cycles": value for resource, value in said._asdict().items()},
        **parts(exact, float(random["compute_cycles"].mean()), said),
    }


def parts(exact: Mapping[str, Any], random_compute: float, said: Estimate) -> dict[str, float]:
    """The exact less the density-only cycles, by cause.

    The model itself lets the array wait for ``said.cycles - said.compute``; what the array loses while
    operands are on their way anyway is not lost: that much is taken from all its losses alike.
    """
    lost = {
        "tiles": random_compute - said.compute,
        "zeros": exact["compute_cycles"] - random_compute,
        "imbalance": exact["stall_imbalance_cycles"],
        "bank_conflict": exact["stall_bank_conflict_cycles"],
    }
    transfers = (exact["cycles"] - said.cycles) - sum(lost.values())
    losses = sum(cycles for cycles in lost.values() if cycles > 0)
    hidden = min(losses, max(0.0, -transfers))
    left = 1 - hidden / losses if losses else 1.0
    lost = {name: cycles * left if cycles > 0 else cycles for name, cycles in lost.items()}
    return {**lost, "transfers": transfers + hidden}


def run_study(
    checkpoint: Path,
    names: Sequence[str] = LAYERS,
    images: int = IMAGES,
    pairs: Iterable[tuple[str, tuple[str, ...]]] = PAIRS,
) -> pd.DataFrame:
    """A row for each layer, pattern and machine."""
    rows = []
    for pattern, machines in pairs:
        items = prune(pattern, checkpoint, images)
        for machine in map(load_machine, machines):
            rows += [compare_layer(items[name], pattern, machine) for name in names]
    return pd.DataFrame(rows)


def print_table(table: pd.DataFrame) -> None:
    """What docs/density_model.md quotes: cycles, errors, and each part as a share of the exact cycles."""
    numbers = ["layer", "cycles", "density_only_cycles", "error", "random_mask_cycles", "random_mask_error"]
    for (pattern, machine), part in table.groupby(["pattern", "machine"], sort=False):
        off, random = (part[name].abs().mean() for name in ("error", "random_mask_error"))
        print(f"\n{pattern} on {machine}: off on average {off:.1%} by density, {random:.1%} by a random mask")
        shown = part[numbers].join(part[list(PARTS)].div(part["cycles"], axis=0))
        print(shown.to_string(index=False, float_format="{:+.1%}".format))


def main(
    output: Path = Path("results/density_model"),
    picture: Path | None = None,
    images: int = IMAGES,
    quick: Quick = False,
) -> None:
    """Prune, simulate, print and draw; in the quick form two layers of two images, drawn beside the table."""
    torch.set_num_threads(1)  # two collapse beside a busy neighbour
    names, images, pairs = (LAYERS[:2], 2, PAIRS[:1]) if quick else (LAYERS, images, PAIRS)
    print_table(table := run_study(shipped_checkpoint(), names, images, pairs))
    save_table(output, "density_model", table)
    target = picture or (output / PICTURE.name if quick else PICTURE)
    print(f"{output}/density_model.csv, {save_figure(plot_parts(table), target)}")


def _run(masked: MaskedLayer, machine: Machine) -> dict[str, Any]:
    layers = simulate(Workload("one layer", (masked,), "one layer"), machine).layers
    return {str(column): value for column, value in layers.iloc[0].items()}


if __name__ == "__main__":
    run_script(main)
