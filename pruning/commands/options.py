"""Options that several commands take, and how they print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from workloads.inputs import InputError
from workloads.inputs.terminal import print_json, print_rows

_UNBOUNDED = 10_000  # columns: a table that is piped is not cut

DataName = Annotated[
    str | None,
    typer.Option(
        "--data",
        help="Data set: fashion_mnist, glyph62, cifar10, image_folder(size=64), ... (crisp-prune list)."
        " Without it: what the network was trained on.",
    ),
]
DataRoot = Annotated[
    str | None,
    typer.Option(
        help="Folder that the data lies in, if not where it usually does; 'embedded': the subset of"
        " Fashion-MNIST in the package."
    ),
]
Factory = Annotated[
    str | None,
    typer.Option("--model", help="Allows package.module:factory, where the file names your own network."),
]
Exempt = Annotated[str, typer.Option(help="Layers that stay dense: first, last, depthwise, small; or none.")]
Leave = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="A parameter, or a module for all of its, that is left out although it takes part in products:"
        " it counts as dense. Again for more.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Threads = Annotated[
    int, typer.Option(min=1, max=1024, help="CPU threads of torch; the same number, the same bits.")
]


def require_suffix(path: Path) -> None:
    """Raise :class:`InputError` unless ``path`` can be a file of tensors."""
    if path.suffix != ".safetensors":
        raise InputError(f"{path}: expected a name that ends in .safetensors, got {path.suffix or 'none'!r}")


def show(rows: list[dict[str, Any]], as_json: bool, title: str) -> None:
    """Rows as a table, or as JSON: one row as itself."""
    if as_json:
        print_json(rows[0] if len(rows) == 1 else rows)
        return
    sides = {name: "right" if isinstance(value, int | float) else "left" for name, value in rows[0].items()}
    print_rows(title, sides, [[_cell(value) for value in row.values()] for row in rows], _UNBOUNDED)


def _cell(value: Any) -> str:
    """A list of two numbers reads as a range."""
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
