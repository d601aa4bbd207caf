"""Hashes of result tables: whether a change that should change no number changed none.

``python -m benchmarks.result_hashes -o before.csv``, and after the change ``--against before.csv``: every
shipped machine on every network under every pattern below. A cell's two hashes are of the names of its
columns and of the bytes of its rows as CSV, so that renamed columns are told apart from other numbers.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from accel_sim import load_machine, simulate
from accel_sim.machine.shipped import config_names
from workloads import Workload, load_workload
from workloads.console.progress import progress_bar
from workloads.console.script import Quick, run_script
from workloads.inputs import InputError, replace_atomically, require_file

NETWORKS = ("resnet20_w32_32", "resnet50", "mobilenet_v2")
PATTERNS = ("dense", "nm(2:4)", "crisp(2:4, block=16, density=0.1)", "unstructured(density=0.1)")
QUICK = ("resnet20_w16_28",), PATTERNS[2:3]


class Cell(NamedTuple):
    """A table of a machine on a network under a pattern, or why there is none, as hashes."""

    machine: str
    network: str
    pattern: str
    columns: str
    rows: str


def hashed(machine: str, workload: Workload) -> tuple[str, str]:
    """Hashes of the names of columns and of the rows; what cannot be run is hashed by its message."""
    try:
        text = simulate(workload, load_machine(machine)).layers.to_csv(index=False)
    except InputError as error:
        text = f"\n{error}"
    names, rows = text.split("\n", 1)
    return _digest(names), _digest(rows)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def cells(networks: tuple[str, ...], patterns: tuple[str, ...]) -> Iterator[Cell]:
    """Every cell, machine after machine within a workload."""
    for network in networks:
        for pattern in patterns:
            workload = load_workload(network, pattern)
            for machine in config_names("machines"):
                yield Cell(machine, network, pattern, *hashed(machine, workload))


def as_csv(found: list[Cell]) -> str:
    """Cells as the text of a file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Cell._fields)
    writer.writerows(found)
    return text.getvalue()


def changes(found: list[Cell], before: list[Cell]) -> list[str]:
    """What is not as before, a line a cell."""
    known = {cell[:3]: cell for cell in before}
    lines = []
    for cell in found:
        old = known.get(cell[:3])
        what = "new" if old is None else "other numbers" if old.rows != cell.rows else ""
        if what or (old and old.columns != cell.columns):
            lines.append(f"{' / '.join(cell[:3])}: {what or 'other names of columns'}")
    return lines


def main(
    quick: Quick = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File for the hashes of all tables.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(help="Such a file of an earlier state; what differs is an error.")
    ] = None,
) -> None:
    """Print the hash of all tables, and what differs from an earlier state."""
    networks, patterns = QUICK if quick else (NETWORKS, PATTERNS)
    count = len(networks) * len(patterns) * len(config_names("machines"))
    found = []
    with progress_bar() as show:
        for cell in cells(networks, patterns):
            found.append(cell)
            show(len(found), count, f"{cell.machine}, {cell.network}")
    text = as_csv(found)
    if output is not None:
        replace_atomically(output, lambda path: path.write_text(text, encoding="utf-8"))
    columns, rows = (_digest("".join(cell[at] for cell in found)) for at in (3, 4))
    print(f"{len(found)} tables; columns {columns}, rows {rows}")
    if against is not None:
        with require_file(against, "hashes of tables").open(encoding="utf-8") as file:
            before = [Cell(*row) for row in csv.reader(file)][1:]
        lines = changes(found, before)
        print(*lines, sep="\n")
        if lines:
            raise SystemExit(f"{len(lines)} of {len(found)} tables are not as in {against}")


if __name__ == "__main__":
    run_script(main)
