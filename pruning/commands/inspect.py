"""The command ``inspect``: what each layer got, or would get."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pruning.commands.options import Exempt, Factory, Json, Leave
from pruning.report.screen import show
from pruning.run.config import RunConfig
from workloads.console.terminal import print_json, say, warn

EPILOG = "Example: crisp-prune inspect pruned.safetensors"


def inspect(
    file: Annotated[Path, typer.Argument(help="A pruned network, or with --pattern a dense checkpoint.")],
    pattern: Annotated[
        str | None, typer.Option(help="Dry run: what each layer of a dense network would get and why.")
    ] = None,
    sparsity: Annotated[float, typer.Option(help="Of the dry run.")] = RunConfig.sparsity,
    exempt: Exempt = RunConfig.exempt,
    leave: Leave = None,
    image_size: Annotated[int, typer.Option(help="Pixels a side of the dry run's images.")] = 28,
    model: Factory = None,
    as_json: Json = False,
) -> None:
    """Layer by layer: shape, density, N:M obeyed, living blocks of a block row, and why.

    --sparsity, --exempt, --leave and --image-size are of the dry run.
    """
    from pruning.files.pruned import read_pruned
    from pruning.models.shared.registry import allow_model
    from pruning.report.network import describe_network, sparsity_of
    from pruning.report.plan import describe_plan, plan_basis
    from pruning.run.remarks import missed_sparsity, remarks

    said: list[str] = []
    if pattern is None:
        network = read_pruned(file)
        rows, title = describe_network(network), f"{file}: sparsity {sparsity_of(network):.4f}"
        if "asked_sparsity" in network.provenance:
            title += f", asked for {network.provenance['asked_sparsity']:.4f}"
        document: Any = {"provenance": dict(network.provenance), "layers": rows}
        warning, said = str(network.provenance.get("warning", "")), remarks(network.provenance)
    else:
        allow_model(model)
        rows = describe_plan(file, pattern, sparsity, image_size, exempt, tuple(leave or ()))
        warning = missed_sparsity(pattern, sparsity, rows[-1]["sparsity"])
        title = f"{file}: dry run of {pattern}, {plan_basis(pattern)}"
        document = {"asked_sparsity": sparsity, "layers": rows, "warning": warning}
    warn([warning] if warning else [])
    if as_json:
        print_json(document)
    else:
        show(rows, False, title)
        say(*said)
