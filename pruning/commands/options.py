"""Options that several commands take, and how they print."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from workloads.inputs import InputError

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
        print(json.dumps(rows[0] if len(rows) == 1 else rows, indent=2))
        return
    from pruning.progress import print_table

    print_table(rows, title)
