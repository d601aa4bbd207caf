"""ResNet-50 on machines of equal resources: what docs/results.md discusses.

``python -m studies.rivals`` (about a minute) prints the tables, writes them to ``results/rivals`` and draws
the pictures beside the document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from accel_sim import load_machine, simulate
from accel_sim.compare.comparison import at_sparsity, compare
from accel_sim.loading.families import family_names
from accel_sim.machine import Machine
from accel_sim.report.files import save_table
from accel_sim.report.tables import print_comparison
from accel_sim.results import SimulationResult
from workloads import load_workload
from workloads.console.script import Quick, run_script
from workloads.inputs import InputError
from workloads.patterns import at_density
from workloads.workload import Workload

DOCS, RESULTS = Path(__file__).parents[1] / "docs", Path("results") / "rivals"
QUICK_NETWORK = "resnet20_w16_28"
NETWORK, FAMILY, BASELINE, SPARSITY = "resnet50", "edge_1024", "dense_tc", 0.9
# The best of each kind at 90 %: a pattern, and the machine for it.
LINES = (
    ("crisp(1:4, block=64)", "crisp_stc"),
    ("crisp(2:4, block=64)", "crisp_stc"),
    ("block(block=32)", "block_tc"),
    ("unstructured", "unstructured_gather"),
    ("unstructured", "dstc"),
    ("channel", "edge_systolic"),
)
SPARSITIES = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98)
DRAM_BYTES, SMEM_BYTES = (8, 16, 32, 64, 128, 256), (32, 64, 128, 256, 512)
NO_FIELDS: Mapping[str, Any] = {}
BY_BANDWIDTH = "bytes_per_cycle", "speedup"
HALF = 0.5
ACTIVATION_DENSITIES = (1.0, HALF)  # dense, and about the mean of Sparseloop's four layers of this network


@cache
def workload(network: str, pattern: str | None, activation_density: float) -> Workload:
    """A network under a pattern."""
    return load_workload(network, pattern, activation_density=activation_density)


def choices(name: str, fields: Mapping[str, Any], activation_density: float) -> list[Machine]:
    """A machine as it ships and, if there are zeros and its array can decode them, with compressed ifmaps.

    Without zeros all that it gains is what docs/DEVIATIONS.md says: compressed words meet no bank conflict.
    """
    machines = [load_machine(name, fields)]
    if activation_density < 1 and machines[0].array.get("activations") == "dense":
        with suppress(InputError):  # an array that fetches activations one by one: csr_gather
            machines.append(load_machine(name, {**fields, "array.activations": "compress"}))
    return machines


def run(
    network: str, pattern: str | None, name: str, fields: Mapping[str, Any] = NO_FIELDS
) -> SimulationResult:
    """A pattern on a machine with some fields changed, activations half dense, by its best choice."""
    work = workload(network, pattern, HALF)
    results = [simulate(work, machine) for machine in choices(name, fields, HALF)]
    return min(results, key=lambda result: result.cycles)


def all_rivals(network: str, activation_density: float) -> pd.DataFrame:
    """Every machine of the family on the patterns that it is made for, by its best choice."""
    names = family_names(FAMILY)
    rows = []
    for text, machine in at_sparsity([load_machine(name) for name in names], None, SPARSITY):
        work = workload(network, text, activation_density)
        tried = choices(machine.name, NO_FIELDS, activation_density)
        best = min(tried, key=lambda choice: simulate(work, choice).cycles)
        stored = " compressed" if best.array.get("activations") == "compress" else ""
        rows.append((f"{text or 'dense'}{stored}", work, best))
    return compare(rows)[0]


def over_sparsity(network: str, sparsities: Iterable[float] = SPARSITIES) -> pd.DataFrame:
    """Speed-up over the dense core of each line at each sparsity, where the pattern can be so dense."""
    dense = run(network, None, BASELINE)
    rows = []
    for sparsity in sparsities:
        for pattern, machine in LINES:
            if pattern.startswith("crisp(1:4") and sparsity < 0.75:  # 1:4 alone is sparser
                continue
            result = run(network, at_density(pattern, round(1 - sparsity, 12)), machine)
            rows.append(
                {
                    "pattern": pattern,
                    "machine": machine,
                    "sparsity": sparsity,
                    "speedup": dense.cycles / result.cycles,
                    "energy_ratio": dense.energy_pj / result.energy_pj,
                    "bound": result.bound,
                }
            )
    return pd.DataFrame(rows)


def fast_layers(network: str, sparsity: float, least: float = 10) -> pd.DataFrame:
    """Layers that reach ``least`` times the dense core, of every line."""
    dense = run(network, None, BASELINE).layers.set_index("layer")
    found = []
    for pattern, machine in LINES:
        layers = run(network, at_density(pattern, round(1 - sparsity, 12)), machine).layers.set_index("layer")
        speedup = dense["cycles"] / layers["cycles"]
        best = layers.assign(speedup=speedup, machine=machine, pattern=pattern)[speedup >= least]
        columns = ["pattern", "machine", "speedup", "bound", "m_dim", "k_dim", "n_dim"]
        found.append(best.reset_index()[["layer", *columns]])
    return pd.concat(found, ignore_index=True)


def port(width: int) -> dict[str, int]:
    """SMEM's port of so many bytes a cycle, and as many banks as bring them."""
    return {"smem.bandwidth_bytes_per_cycle": width, "smem.banks.count": max(32, width // 4)}


def over_bandwidth(network: str, settings: Iterable[tuple[int, Mapping[str, int]]]) -> pd.DataFrame:
    """Speed-up over a dense core with the same bandwidth, of each line at 90 %."""
    rows = []
    for value, setting in settings:
        dense = run(network, None, BASELINE, setting)
        for pattern, machine in LINES:
            result = run(network, at_density(pattern, round(1 - SPARSITY, 12)), machine, setting)
            rows.append(
                {
                    "pattern": pattern,
                    "machine": machine,
                    "bytes_per_cycle": value,
                    "speedup": dense.cycles / result.cycles,
                    "cycles": result.cycles,
                    "dense_cycles": dense.cycles,
                    "bound": result.bound,
                }
            )
    return pd.DataFrame(rows)


def _print(title: str, table: pd.DataFrame, index: str, values: str) -> None:
    lines = table.assign(line=table["pattern"] + " on " + table["machine"])
    wide = lines.pivot_table(index="line", columns=index, values=values, sort=False)
    print(f"\n{title}\n{wide.round(2).to_string()}")


def main(quick: Quick = False) -> None:
    """Print, save and draw everything; the quick form a few points of a small network, drawn elsewhere."""
    from accel_sim.report.plots import plot_comparison, save_figure
    from studies.rivals_picture import plot_bandwidth, plot_sparsity

    network, pictures = (QUICK_NETWORK, RESULTS) if quick else (NETWORK, DOCS)
    step = 4 if quick else 1
    title = f"{network}, {SPARSITY:.0%} sparse"
    for density in ACTIVATION_DENSITIES:
        table = all_rivals(network, density)
        print_comparison(f"{title}, activation density {density}", table)
        save_table(RESULTS, f"rivals_activations_{density}", table)
    save_figure(plot_comparison(table, title), pictures / "results_rivals.png")
    sparsity = over_sparsity(network, SPARSITIES[::step])
    save_table(RESULTS, "sparsity", sparsity)
    _print("times fewer cycles than dense, by sparsity", sparsity, "sparsity", "speedup")
    _print("times less energy than dense, by sparsity", sparsity, "sparsity", "energy_ratio")
    save_figure(plot_sparsity(sparsity, LINES), pictures / "results_sparsity.png")
    for level in (SPARSITY, 0.95):
        layers = fast_layers(network, level)
        save_table(RESULTS, f"fast_layers_{level}", layers)
        counts = layers.groupby(["pattern", "machine"], sort=False)["speedup"].agg(["count", "max"]).round(1)
        print(f"\nlayers of at least 10x at {level:.0%}\n{counts.to_string()}\n")
        print(layers[layers["machine"] != "edge_systolic"].round(1).to_string(index=False))
    by_dram = ((n, {"dram.bandwidth_bytes_per_cycle": n, **port(256)}) for n in DRAM_BYTES[::step])
    dram = over_bandwidth(network, by_dram)
    smem = over_bandwidth(network, ((n, port(n)) for n in SMEM_BYTES[::step]))
    for name, bandwidth in (("dram", dram), ("smem", smem)):
        save_table(RESULTS, f"{name}_bandwidth", bandwidth)
        _print(f"times fewer cycles than dense, by {name} bytes a cycle", bandwidth, *BY_BANDWIDTH)
        _print(f"cycles, by {name} bytes a cycle", bandwidth, BY_BANDWIDTH[0], "cycles")
    save_figure(plot_bandwidth(dram, smem, LINES), pictures / "results_bandwidth.png")


if __name__ == "__main__":
    run_script(main)
