"""The commands ``list``, ``show``, ``plot``: what can be named, as it is written, and a table's pictures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from accel_sim.commands.options import JsonOption
from workloads.console.terminal import print_json, print_rows, say
from workloads.inputs import InputError


def list_parts(
    kind: Annotated[
        str | None, typer.Argument(help="A kind, as the titles of what list prints; all if not given.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List what can be named.

    Example: accel-sim list machines
    """
    from accel_sim.loading.catalogue import catalogue

    parts = catalogue(kind)
    if as_json:
        print_json(parts)
        return
    for title, names in parts.items():
        print_rows(title, {"name": "left", "what it is": "left"}, [[n, text] for n, text in names.items()])


def show(
    name: Annotated[
        str, typer.Argument(help="A machine, a network or another file that list names; or its path.")
    ],
) -> None:
    """Show a machine as it runs, a network's layers, or any other file as it is written.

    A machine is shown whole: defaults and what its file extends, the file and line that says each field, and
    what the machine holds on chip. The text is a machine's file, too.

    Example: accel-sim show crisp_stc
    """
    from accel_sim.loading.catalogue import describe

    say(*describe(name).split("\n"))


def plot(
    path: Annotated[
        Path,
        typer.Argument(help="A table that a command wrote, or the folder of simulate, compare or sweep."),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder; beside the table if not given.")
    ] = None,
    x: Annotated[
        str | None, typer.Option("--x", help="Draw --y over this column, any of the table's.")
    ] = None,
    y: Annotated[str | None, typer.Option("--y", help="The column that is drawn over --x.")] = None,
) -> None:
    """Draw the pictures of a table once more, or one of its columns over another.

    Example: accel-sim plot results/pe_array
    Example: accel-sim plot results/pe_array --x array.lanes --y cycles
    """
    from accel_sim.report.files import find_table, read_table
    from accel_sim.report.plots import plot_table, save_figure
    from accel_sim.report.sweep_plots import plot_columns

    found = find_table(path)
    table, folder = read_table(found), output or found.parent
    if x is None and y is None:
        say(*plot_table(table, folder))
        return
    if x is None or y is None:
        given, other = ("--x", "--y") if y is None else ("--y", "--x")
        raise InputError(f"{other}: expected a column beside {given}, got none")
    name = re.sub(r"[^\w.-]", "_", f"{y}_over_{x}")  # a column may hold what no file name does
    say(save_figure(plot_columns(table, x, y), folder / f"{name}.png"))
