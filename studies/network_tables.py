"""Write the network tables from the torch definitions: ``python -m studies.network_tables [FOLDER]``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import torch
import typer

import workloads
from pruning.models import build_model
from pruning.network.trace import trace_layers
from workloads.console.script import Quick, run_script
from workloads.layer import Layer
from workloads.network import write_layers

FOLDER = Path(workloads.__file__).parent / "networks"
# Table: definition, its options, image (channels, height, width).
TABLES: dict[str, tuple[str, dict[str, int], tuple[int, int, int]]] = {
    "resnet18": ("resnet18", {}, (3, 224, 224)),
    "resnet50": ("resnet50", {}, (3, 224, 224)),
    "vgg16": ("vgg16", {}, (3, 224, 224)),
    "mobilenet_v2": ("mobilenet_v2", {}, (3, 224, 224)),
    "efficientnet_lite0": ("efficientnet_lite0", {}, (3, 224, 224)),
    "resnet20_w16_32": ("resnet20", {"width": 16, "in_channels": 3}, (3, 32, 32)),
    "resnet20_w16_28": ("resnet20", {"width": 16, "in_channels": 1}, (1, 28, 28)),
    "resnet20_w32_32": ("resnet20", {"width": 32, "in_channels": 3}, (3, 32, 32)),
    "resnet20_w32_28": ("resnet20", {"width": 32, "in_channels": 1}, (1, 28, 28)),
}
QUICK_TABLES, QUICK_FOLDER = ("resnet20_w16_28",), Path("results/network_tables")
_COMMENT = """{name}: {model}({options}) on images of {image}; made by python -m studies.network_tables.
{macs} MACs an image. One multiply-accumulate is one use of a weight in a convolution or linear layer, \
padding included; biases, batch norm, pooling and additions are not counted."""


def trace_table(name: str) -> tuple[Layer, ...]:
    """The layers of a table, traced from its definition; no weight is ever allocated."""
    model, options, image = TABLES[name]
    with torch.device("meta"):
        return trace_layers(build_model(model, **options), image)


def main(
    folder: Annotated[Path | None, typer.Argument(help="The package's if not given.")] = None,
    quick: Quick = False,
) -> None:
    """Write every table into the folder; the quick form writes a small one, not into the package."""
    folder = folder or (QUICK_FOLDER if quick else FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    for name in QUICK_TABLES if quick else TABLES:
        model, options, image = TABLES[name]
        layers = trace_table(name)
        macs = f"{sum(layer.macs for layer in layers):,}"
        comment = _COMMENT.format(
            name=name,
            model=model,
            options=", ".join(f"{key}={value}" for key, value in options.items()),
            image=" x ".join(map(str, image)),
            macs=macs,
        )
        write_layers(folder / f"{name}.csv", layers, comment)
        print(f"{name}: {len(layers)} layers, {macs} MACs")


if __name__ == "__main__":
    run_script(main)
