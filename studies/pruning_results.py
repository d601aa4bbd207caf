"""Accuracy of an experiment's networks beside what they cost: what docs/pruning_results.md discusses.

``python -m studies.pruning_results results/glyph62 results/fashion_mnist`` takes folders that
``crisp-prune experiment`` filled, simulates every pruned network on the machine of equal resources that
its pattern is made for, and leaves a table and pictures of each folder in ``docs/pruning_results``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from accel_sim import load_machine, simulate
from pruning.experiment.table import finished_runs, settings, shown
from studies.pruning_tables import DOCS, save_rounded
from workloads import load_workload
from workloads.console.script import Quick, run_script
from workloads.console.terminal import print_rows
from workloads.inputs import InputError
from workloads.inputs.parts import parse_spec

QUICK_OUTPUT = Path("results/pruning_results")
BASELINE = "dense_tc"
# Machines of the family edge_1024: the same multipliers, memories and energies.
MACHINES = {
    "dense": (BASELINE,),
    "crisp": ("crisp_stc",),
    "block": ("block_tc",),
    "unstructured": ("unstructured_gather", "dstc"),
    "random": ("unstructured_gather", "dstc"),
    "gs": ("unstructured_gather",),
    "channel": (BASELINE, "edge_systolic"),
}
NM_MACHINES = {"2:4": "nvidia_stc", "1:4": "crisp_stc"}  # every other N:M: a flexible core
SHOWN = ["user", "pattern", "sparsity", "saliency_classes", "exempt"]
COSTS = ["weights", "macs", "cycles", "seconds", "energy_pj", "speedup", "energy_ratio"]


def machines_of(pattern: str) -> tuple[str, ...]:
    """Machines that can make something of a pattern."""
    name, arguments = parse_spec(pattern, "pattern")
    if name == "nm":
        return (NM_MACHINES.get(f"{arguments['n_keep']}:{arguments['m_group']}", "flexible_stc"),)
    return MACHINES.get(name, MACHINES["unstructured"])  # which take any mask


def simulated(folder: Path, machine: str | None = None) -> pd.DataFrame:
    """A row for every pruned network of an experiment and every machine that suits it.

    ``weights`` survive, ``macs`` are theirs. Speed-up and energy ratio are over the dense network of the
    same user on the dense machine.

    Args:
        machine: run everything on this one, dense networks too.

    Raises:
        InputError: the folder has no table of runs, or no dense run of a user.
    """
    rows = []
    for run in finished_runs(folder).to_dict("records"):
        workload = load_workload(folder / run["file"])
        for name in (machine,) if machine else machines_of(run["pattern"]):
            cost = simulate(workload, load_machine(name))
            rows.append(
                {
                    **run,
                    "machine": name,
                    "weights": sum(masked.mask.kept for masked in workload.layers),
                    "macs": sum(masked.mask.kept * masked.layer.n_dim for masked in workload.layers),
                    "cycles": cost.cycles,
                    "seconds": cost.seconds,
                    "energy_pj": cost.energy_pj,
                }
            )
    found = pd.DataFrame(rows)
    dense = found[found["pattern"] == "dense"].groupby("user")[["cycles", "energy_pj"]].mean()
    missing = sorted(set(found["user"]) - set(dense.index))
    if missing:
        raise InputError(f"{folder}: expected a dense run of every user, got none of {missing[0]!r}")
    base = dense.loc[found["user"]].reset_index(drop=True)
    found["speedup"] = base["cycles"] / found["cycles"]
    found["energy_ratio"] = base["energy_pj"] / found["energy_pj"]
    return found


def over_seeds(found: pd.DataFrame) -> pd.DataFrame:
    """Mean over runs that differ in their seed alone; of the accuracy also the sample standard deviation.

    Columns that are the same in all runs are left out. The deviation of one run is NaN.
    """
    fixed = [name for name in settings(found) if name not in COSTS]  # the machine is one of them
    table = (
        found.groupby(fixed, sort=False)
        .agg(
            seeds=("seed", "count"),
            accuracy_before=("accuracy_before", "mean"),
            accuracy=("accuracy", "mean"),
            deviation=("accuracy", "std"),
            reached_sparsity=("reached_sparsity", "mean"),
            **{name: (name, "mean") for name in COSTS},
        )
        .reset_index()
    )
    kept = shown(found[fixed], (*SHOWN, "machine"))
    return table[kept + [name for name in table if name not in fixed]]


def main(
    folders: Annotated[list[Path], typer.Argument(help="Folders of finished experiments.")],
    machine: Annotated[str | None, typer.Option(help="Simulate everything on this machine.")] = None,
    output: Annotated[Path, typer.Option(help="Folder for tables and pictures.")] = DOCS,
    quick: Quick = False,
) -> None:
    """Simulate, print, save and draw; the quick form leaves documents alone."""
    from accel_sim.report.plots import save_figure
    from studies.pruning_pictures import plot_accuracy, plot_layer_densities, plot_pareto

    output = QUICK_OUTPUT if quick else output
    for folder in folders:
        found = simulated(folder, machine)
        table = over_seeds(found)
        save_rounded(output, folder.name, table)
        for user, part in table.groupby("user", sort=False):
            _print(f"{folder.name}, user {user}", part)
        save_figure(plot_accuracy(table, folder.name), output / f"{folder.name}_accuracy.png")
        save_figure(plot_pareto(table, folder.name), output / f"{folder.name}_pareto.png")
        save_figure(plot_layer_densities(found, folder), output / f"{folder.name}_layers.png")


def _print(title: str, table: pd.DataFrame) -> None:
    measured = {*COSTS, "seeds", "accuracy_before", "accuracy", "deviation", "reached_sparsity"}
    known = {*SHOWN, "class_count", "machine"} | measured
    others = [str(name) for name in table if name not in known]  # what else tells runs apart
    text = ("pattern", "sparsity", "saliency", "exempt", *others, "machine")
    numbers = ("weights", "MMACs", "cycles", "seeds", "accuracy", "+-", "speed-up", "energy")
    rows = [
        [
            row["pattern"],
            f"{row['reached_sparsity']:.1%}",
            row["saliency_classes"],
            row["exempt"],
            *(str(row[name]) for name in others),
            row["machine"],
            f"{row['weights']:,.0f}",
            f"{row['macs'] * 1e-6:,.1f}",
            f"{row['cycles']:,.0f}",
            str(row["seeds"]),
            f"{row['accuracy']:.2%}",
            "" if pd.isna(row["deviation"]) else f"{row['deviation']:.2%}",
            f"{row['speedup']:.2f}x",
            f"{row['energy_ratio']:.2f}x",
        ]
        for row in table.to_dict("records")
    ]
    print_rows(title, dict.fromkeys(text, "left") | dict.fromkeys(numbers, "right"), rows)


if __name__ == "__main__":
    run_script(main)
