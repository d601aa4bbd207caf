"""``sweep``: a grid of machines and workloads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workloads.inputs import InputError
from workloads.inputs.terminal import warn


def sweep(
    file: Annotated[str, typer.Argument(help="A sweep's name or .yaml file.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the table, the pictures and the state.")
    ],
    jobs: Annotated[int, typer.Option(help="Processes; -1 for one a core.")] = -1,
) -> None:
    """Run a grid of machines and workloads; a killed sweep goes on.

    Example: accel-sim sweep pe_array -o results/pe_array
    """
    from rich.progress import Progress

    from accel_sim.plots import plot_table
    from accel_sim.sweep import load_sweep, run_sweep
    from accel_sim.tables import warnings_of

    if jobs == 0 or jobs < -1:
        raise InputError(f"--jobs: expected -1 or at least 1, got {jobs}")
    points = load_sweep(file)
    with Progress() as bar:
        task = bar.add_task(f"{len(points)} points", total=len(points))
        table = run_sweep(points, output, jobs, lambda done: bar.update(task, completed=done))
    warn(warnings_of(table, ["workload", "pattern"]))
    pictures = plot_table(table, output)
    print(f"{len(table)} points in {output / 'results.csv'} and results.parquet")
    print("\n".join(str(path) for path in pictures))
