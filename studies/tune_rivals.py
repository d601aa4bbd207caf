"""Every machine of a family at its best: its own free fields, at equal resources.

``python -m studies.tune_rivals`` (some 20 minutes of CPU) runs every machine of ``edge_1024`` on ResNet-50,
90 % sparse in the patterns that it is made for, in the shapes that its 1,024 multipliers can take: how many
stand along output channels, along k and along output pixels, how wide its tiles and how deep its buffers
are. SMEM takes what local storage leaves of the bytes on chip, so that all shapes hold the same (rules 38
to 43). Shapes are screened on the layers of the network that differ in size; the best and what ships run
all of it. ``results/tune_rivals`` keeps every shape, the screen shows what ships beside the best.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import astuple
from functools import cache
from math import inf, sqrt
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from rich.progress import track

from accel_sim import load_machine, simulate
from accel_sim.architectures.shared.on_chip import on_chip
from accel_sim.compare.comparison import at_sparsity
from accel_sim.loading.families import family_names
from accel_sim.machine import Machine
from accel_sim.report.files import save_table
from workloads import Workload, load_workload
from workloads.console.script import Quick, run_script
from workloads.console.terminal import print_rows
from workloads.inputs import InputError

RESULTS = Path("results") / "tune_rivals"
NETWORK, QUICK_NETWORK, QUICK_STEP = "resnet50", "resnet20_w16_28", 40
FAMILY, SPARSITY, FINALISTS = "edge_1024", 0.9, 4
ACTIVATION_DENSITIES = (1.0, 0.5)  # as in studies.rivals
ON_CHIP_BYTES, SMEM_STEP_BYTES, LEAST_SMEM_BYTES = 323 * 1024, 2048, 64 * 1024
MULTIPLIERS, MERGES = 1024, 8 * 116  # a cycle, of the whole machine
# What is tried, by architecture; of a gather array by what it does with zero activations. ``dynamic`` is
# left out: a queue that hands an operand to any PE in a cycle is free in the model and in nothing else.
SHAPES: dict[str, dict[str, tuple[Any, ...]]] = {
    "structured_tensor_core": {
        "cores": (2, 4, 8),
        "rows": (8, 16, 32, 64),
        "lanes": (4, 8, 16, 32),
        "columns": (32, 64, 128, 256),
    },
    "gather dense": {
        "pe_rows": (16, 32, 64, 128, 256),
        "lanes": (4, 8, 16, 32, 64),
        "rows_per_pe": (1, 2, 4),
        "columns": (16, 32, 64, 128, 256),
        "distribution": ("row", "row_sorted"),
    },
    "gather skip": {
        "pe_rows": (16, 32, 64, 128, 256),
        "pe_columns": (1, 2, 4, 8, 16, 32),
        "lanes": (1, 2, 4, 8, 16),
        "columns": (8, 16, 32, 64, 128),
        "depth": (16, 32, 64, 128, 256),
        "distribution": ("row_sorted",),
    },
    "outer_product": {
        "core_rows": (1, 2, 4, 8),
        "core_columns": (1, 2, 4, 8),
        "rows": (2, 4, 8, 16),
        "cols": (8, 16, 32, 64),
        "tile_rows": (32, 64),
        "tile_columns": (16, 32, 64),
        "depth": (16, 32),
    },
    "systolic": {
        "rows": (8, 16, 32, 64, 128),
        "cols": (8, 16, 32, 64, 128),
        "accumulator_depth": (64, 128, 256, 512),
    },
}
# Stages of a pipeline follow from the shape: trees of adders, and the way through a grid.
PIPELINES: dict[str, Callable[[dict[str, Any]], int]] = {
    "structured_tensor_core": lambda array: 2 + _levels(array["lanes"]),
    "gather": lambda array: 2 + max(1, _levels(array["lanes"])),
    "outer_product": lambda _: 3,
    "systolic": lambda array: array["rows"] + array["cols"] - 1,
}


def _levels(inputs: int) -> int:
    return (inputs - 1).bit_length()


def _tried(machine: Machine) -> dict[str, tuple[Any, ...]]:
    kind = machine.architecture
    return SHAPES[f"{kind} {machine.array['activations']}" if kind == "gather" else kind]


def shapes(name: str) -> Iterator[Machine]:
    """A machine in every shape with its multipliers, and an SMEM that leaves it as many bytes on chip."""
    shipped = load_machine(name)
    tried = _tried(shipped)
    for values in itertools.product(*tried.values()):
        array = {**shipped.array, **dict(zip(tried, values, strict=True))}
        array["pipeline_cycles"] = PIPELINES[shipped.architecture](array)
        if "merges_per_cycle" in array:
            array["merges_per_cycle"] = MERGES // (array["core_rows"] * array["core_columns"])
        try:
            machine = load_machine(name, {"array": array})
        except InputError:
            continue  # no such array: lanes that do not hold a group of N:M
        held = on_chip(machine)
        room = (ON_CHIP_BYTES - held.local_bytes) // SMEM_STEP_BYTES * SMEM_STEP_BYTES
        if held.multipliers == MULTIPLIERS and room >= LEAST_SMEM_BYTES:
            yield load_machine(name, {"array": array, "smem.capacity_bytes": room})


@cache
def _workload(network: str, pattern: str | None, activation_density: float) -> Workload:
    return load_workload(network, pattern, activation_density=activation_density)


@cache
def _sample(network: str, pattern: str | None, activation_density: float) -> tuple[Workload, tuple[int, ...]]:
    """A layer of each size, and how many there are of it."""
    whole = _workload(network, pattern, activation_density)
    sizes = [astuple(masked.layer)[2:] for masked in whole.layers]  # all but name and kind
    one = dict(zip(sizes, whole.layers, strict=True))
    counts = Counter(sizes)
    return Workload(whole.name, tuple(one.values()), "sample"), tuple(counts[size] for size in one)


def cycles_of(machine: Machine, sampled: bool, *what: Any) -> float:
    """Cycles of a network under a pattern with a density of activations; infinite if a layer does not fit."""
    try:
        if not sampled:
            return simulate(_workload(*what), machine).cycles
        workload, counts = _sample(*what)
        return float(np.array(counts) @ simulate(workload, machine).layers["cycles"].to_numpy())
    except InputError:
        return inf


def score(network: str, machine: Machine, sampled: bool) -> tuple[float, str]:
    """Geometric mean of the cycles at both densities of activations, on the pattern that suits it best."""
    found = []
    for pattern in dict.fromkeys(text for text, _ in at_sparsity([machine], None, SPARSITY)):
        dense, half = (
            cycles_of(machine, sampled, network, pattern, density) for density in ACTIVATION_DENSITIES
        )
        found.append((sqrt(dense * half), pattern or ""))
    return min(found)


def tune(network: str, name: str, step: int = 1) -> pd.DataFrame:
    """Every ``step``-th shape of a machine, best first; the first ``FINALISTS`` ran the whole network."""
    shipped = load_machine(name)
    fields = list(_tried(shipped))
    rows = []
    for machine in track(list(shapes(name))[::step], description=f"{name:<20}"):
        screened, pattern = score(network, machine, sampled=True)
        held = on_chip(machine)
        sizes = {"smem_bytes": held.smem_bytes, "local_bytes": held.local_bytes}
        shape = {field: machine.array[field] for field in fields}
        rows.append(
            {"machine": name, **shape, **sizes, "pattern": pattern, "screened": screened, "run": machine}
        )
    table = pd.DataFrame(rows).sort_values("screened", kind="stable", ignore_index=True)
    finals = [score(network, machine, sampled=False)[0] for machine in table["run"].head(FINALISTS)]
    table["cycles"] = pd.Series(finals)
    return table.drop(columns="run").sort_values("cycles", kind="stable", ignore_index=True)


def main(
    names: Annotated[list[str] | None, typer.Argument(help="Machines; the family if none.")] = None,
    quick: Quick = False,
) -> None:
    """Tune, save and print; the quick form a few shapes on a small network."""
    network, step = (QUICK_NETWORK, QUICK_STEP) if quick else (NETWORK, 1)
    rows = []
    for name in names or family_names(FAMILY):
        table = tune(network, name, step)
        save_table(RESULTS, name, table)
        shipped, best = score(network, load_machine(name), sampled=False)[0], table.iloc[0]
        fields = ", ".join(f"{field} {best[field]}" for field in _tried(load_machine(name)))
        sizes = f"{best['smem_bytes'] / 1024:,.0f} + {best['local_bytes'] / 1024:,.1f}"
        gain = f"{shipped / best['cycles'] - 1:+.1%}"
        rows.append([name, f"{len(table)}", f"{shipped:,.0f}", f"{best['cycles']:,.0f}", gain, fields, sizes])
    left, right = "left", "right"
    headings = {"machine": left, "shapes": right, "shipped": right, "best": right, "gain": right}
    print_rows("cycles", {**headings, "best shape": left, "SMEM + local KB": right}, rows)


if __name__ == "__main__":
    run_script(main)
