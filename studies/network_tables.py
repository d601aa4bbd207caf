"""Write the network tables from the torch definitions: ``python -m studies.network_tables [FOLDER]``."""

from __future__ import annotations

import sys
from pathlib import Path

import torch

import workloads
from pruning.models import build_model
from pruning.trace import trace_layers
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
_COMMENT = """{name}: {model}({options}) on images of {image}; made by python -m studies.network_tables.
{macs} MACs an image. One multiply-accumulate is one use of a weight in a convolution or linear layer, \
padding included; biases, batch norm, pooling and additions are not counted."""


def trace_table(name: str) -> tuple[Layer, ...]:
    """The layers of a table, traced from its definition; no weight is ever allocated."""
    model, options, image = TABLES[name]
    with torch.device("meta"):
        return trace_layers(build_model(model, **options), image)


def main(folder: Path = FOLDER) -> None:
    """Write every table into ``folder``."""
    for name, (model, options, image) in TABLES.items():
        layers = trace_table(name)
        macs = sum(layer.macs for layer in layers)
        comment = _COMMENT.format(
            name=name,
            model=model,
            options=", ".join(f"{key}={value}" for key, value in options.items()),
            image=" x ".join(map(str, image)),
            macs=f"{macs:,}",
        )
        write_layers(folder / f"{name}.csv", layers, comment)
        print(f"{name}: {len(layers)} layers, {macs / 1e9:.3f} G MACs")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
