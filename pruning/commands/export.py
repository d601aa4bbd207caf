"""The command ``export``: a pruned network for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pruning.commands.options import Factory
from workloads.console.terminal import say
from workloads.inputs import InputError

EPILOG = "Example: crisp-prune export pruned.safetensors -o pruned.onnx"


def export(
    file: Annotated[Path, typer.Argument(help="A pruned network (.safetensors).")],
    output: Annotated[Path, typer.Option("-o", "--output", help="ONNX file to write (.onnx).")],
    model: Factory = None,
) -> None:
    """Write a pruned network as ONNX: dense tensors with zeros where weights were pruned."""
    from pruning.files.onnx import export_onnx
    from pruning.files.pruned import image_shape_of, load_pruned
    from pruning.models.shared.registry import allow_model
    from pruning.report.network import sparsity_of

    if output.suffix != ".onnx":
        raise InputError(f"{output}: expected a name that ends in .onnx, got {output.suffix or 'none'!r}")
    allow_model(model)
    network_model, network = load_pruned(file)
    export_onnx(output, network_model, image_shape_of(network))
    say(f"{output}: {network.name}, sparsity {sparsity_of(network):.2%}")
