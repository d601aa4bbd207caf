"""``inspect``: what each layer got, or would get."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from pruning.commands.options import Factory, Json, show

EPILOG = "Example: crisp-prune inspect pruned.safetensors"


def inspect(
    file: Annotated[Path, typer.Argument(help="A pruned network, or with --pattern a dense checkpoint.")],
    pattern: Annotated[
        str | None, typer.Option(help="Dry run: what each layer of a dense network would get and why.")
    ] = None,
    sparsity: Annotated[float, typer.Option(help="Of the dry run.")] = 0.9,
    exempt: Annotated[
        str, typer.Option(help="Of the dry run: layers that stay dense: first, last, depthwise, small; none.")
    ] = "first,depthwise",
    image_size: Annotated[int, typer.Option(help="Pixels a side of the dry run's images.")] = 28,
    model: Factory = None,
    as_json: Json = False,
) -> None:
    """Layer by layer: shape, density, N:M obeyed, living blocks of a block row, and why."""
    from pruning.describe import describe_network, describe_plan, plan_basis, sparsity_of
    from pruning.models.factory import allow_model
    from pruning.pruned import read_pruned

    if pattern is None:
        network = read_pruned(file)
        rows, title = describe_network(network), f"{file}: sparsity {sparsity_of(network):.4f}"
        document: Any = {"provenance": dict(network.provenance), "layers": rows}
    else:
        allow_model(model)
        rows = describe_plan(file, pattern, sparsity, image_size, exempt)
        title, document = f"{file}: dry run of {pattern}, {plan_basis(pattern)}", {"layers": rows}
    if as_json:
        print(json.dumps(document, indent=2))
    else:
        show(rows, False, title)
