"""Options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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
