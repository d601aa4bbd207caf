"""A network saved as a ``.pt2`` file that plain torch loads: ``torch.export.load(path).module()``."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from torch.export import Dim, ExportedProgram, export, save

from pruning.network.layers import evaluation_mode
from workloads.inputs import InputError, explained, replace_atomically

_BATCH = 2  # inputs in the example: one would be taken for a size that stays


def save_exported(path: str | Path, model: nn.Module, image_shape: tuple[int, int, int]) -> None:
    """Write what ``model`` does in evaluation mode as a ``.pt2`` archive, with any number of images a batch.

    Torch promises that its own release reads it, and no more.

    Args:
        image_shape: channels, height, width of one image.

    Raises:
        InputError: another suffix, a network that torch cannot export or that does not take such images, or a
            place that cannot be written.
    """
    path = Path(path)
    if path.suffix != ".pt2":
        raise InputError(f"{path}: expected a file name that ends in .pt2, got {path.name!r}")
    program = _exported(model, image_shape)

    def write(temporary: Path) -> None:
        with temporary.open("wb") as file:
            save(program, file)

    replace_atomically(path, write)


@torch.no_grad()
def _exported(model: nn.Module, image_shape: tuple[int, int, int]) -> ExportedProgram:
    first = next(model.parameters(), torch.zeros(()))
    what = f"a network that torch.export takes for images {image_shape}"
    with explained(f"model: expected {what}, got the error"), evaluation_mode(model):
        images = torch.zeros((_BATCH, *image_shape), dtype=first.dtype, device=first.device)
        program = export(model, (images,), dynamic_shapes=({0: Dim("batch")},))
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)  # paths of this machine
    return program
