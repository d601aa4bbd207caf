"""Options that several commands take or that are a configuration's fields; the suffix of files of tensors."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from pruning.fields.described import about
from pruning.run.config import RunConfig
from workloads.inputs import InputError
from workloads.inputs.parts import part_names_of

DATA = f"a data set, as image_folder(size=64). One of {', '.join(part_names_of('pruning.data'))}."

DataName = Annotated[
    str | None,
    typer.Option("--data", help=f"Other data than the network was trained on: {DATA}"),
]
DataRoot = Annotated[
    str | None,
    typer.Option(
        help="Folder that the data lies in, if not where it usually does; embedded: the subset of"
        " Fashion-MNIST in the package; installed: those fonts of glyph62 that are here."
    ),
]
Factory = Annotated[
    str | None,
    typer.Option("--model", help="Allows package.module:factory, where the file names your own network."),
]
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
Exempt = Annotated[str, typer.Option(help=about(RunConfig, "exempt").help)]


def with_fields(config: type, *others: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command an option for each field of ``config``, which it gets as named arguments.

    Type, default and help are the field's.

    Args:
        others: fields that are no option, or that the command asks for in its own way.
    """
    hints = get_type_hints(config)
    options = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=Annotated[hints[field.name], typer.Option(help=about(config, field.name).help)],
        )
        for field in fields(config)
        if field.name not in others
    ]

    def with_options(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def run(**given: Any) -> None:
            command(**given)

        signature = inspect.signature(command, eval_str=True)
        own = [p for p in signature.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
        run.__dict__["__signature__"] = signature.replace(
            parameters=[p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + options
        )
        run.__annotations__ = {p.name: p.annotation for p in (*own, *options)}
        return run

    return with_options


def require_suffix(path: Path) -> None:
    """Raise :class:`InputError` unless ``path`` ends as a file of tensors does."""
    if path.suffix != ".safetensors":
        raise InputError(f"{path}: expected a name that ends in .safetensors, got {path.suffix or 'none'!r}")
