"""``list``, ``show``, ``plot``: what there is, as it is written and as it is drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from accel_sim.commands.options import JsonOption, print_json


def list_parts(
    kind: Annotated[
        str | None, typer.Argument(help="machines, networks, patterns, ...; all if not given.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List what can be named.

    Example: accel-sim list machines
    """
    from accel_sim.catalogue import catalogue
    from accel_sim.tables import print_rows

    parts = catalogue(kind)
    if as_json:
        print_json(parts)
        return
    for title, names in parts.items():
        print_rows(title, {"name": "left", "what it is": "left"}, [[n, text] for n, text in names.items()])


def show(
    name: Annotated[str, typer.Argument(help="A machine, DRAM, energy table, sweep or network.")],
) -> None:
    """Show a machine, DRAM, energy table or sweep as it is written, or a network's layers.

    Example: accel-sim show crisp_stc
    """
    from accel_sim.catalogue import describe

    print(describe(name))


def plot(
    path: Annotated[Path, typer.Argument(help="A table that a command wrote, or the folder of a sweep.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder; beside the table if not given.")
    ] = None,
) -> None:
    """Draw the pictures of a table once more.

    Example: accel-sim plot results/pe_array
    """
    from accel_sim.files import read_table
    from accel_sim.plots import plot_table

    table = path / "results.csv" if path.is_dir() else path
    for picture in plot_table(read_table(table), output or table.parent):
        print(picture)
