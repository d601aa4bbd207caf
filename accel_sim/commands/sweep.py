"""The command ``sweep``: a grid of machines and workloads is run, and its pictures are drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workloads.console.progress import progress_bar
from workloads.console.terminal import say, warn
from workloads.inputs import InputError


def sweep(
    file: Annotated[str, typer.Argument(help="A sweep's name or .yaml file.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the table, the pictures and the state.")
    ],
    jobs: Annotated[int, typer.Option(help="Processes; -1 for one a core.")] = -1,
    yes: Annotated[
        bool, typer.Option("--yes", help="Run a grid of more than a million points, too.")
    ] = False,
) -> None:
    """Run a grid of machines and workloads; a killed sweep goes on.

    A point that cannot be run is a row with its reason, and the exit code is not 0.

    Example: accel-sim sweep pe_array -o results/pe_array
    """
    from accel_sim.compare.sweep import load_sweep, run_sweep
    from accel_sim.report.files import ENERGY_NOTE, SWEEP
    from accel_sim.report.plots import plot_table
    from accel_sim.report.tables import warnings_of

    if jobs == 0 or jobs < -1:
        raise InputError(f"--jobs: expected -1 or at least 1, got {jobs}")
    grid = load_sweep(file, any_size=yes)
    with progress_bar() as show:
        show(0, len(grid), "points")
        table = run_sweep(grid, output, jobs, lambda done: show(done, len(grid), "points"))
    failed = table[table["error"] != ""]
    ran = table[table["error"] == ""]
    warn(warnings_of(ran, ["workload", "pattern"]))
    say(f"{len(table):,} points in {output / SWEEP}.csv and {SWEEP}.parquet", f"note: {ENERGY_NOTE}")
    if len(ran):
        say(*plot_table(ran, output))
    if len(failed):
        first = failed["error"].iloc[0]
        raise InputError(f"{first} ({len(failed):,} of {len(table):,} points cannot be run: column error)")
