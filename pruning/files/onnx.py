"""A pruned network as ONNX: dense tensors with zeros in them, for tools that read nothing else."""

from __future__ import annotations

import importlib.util
import logging
import warnings
from pathlib import Path

import torch
from torch import nn

from workloads.inputs import InputError, replace_atomically

_NEEDED = ("onnx", "onnxscript")


def export_onnx(path: Path | str, model: nn.Module, image_shape: tuple[int, int, int]) -> None:
    """Write ``model`` in evaluation mode as ONNX; input ``images`` [any batch, channels, height, width].

    Args:
        image_shape: channels, height, width of one input.

    Raises:
        InputError: the extra ``onnx`` is not installed, or the path is a folder or cannot be written.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path}: expected a file to write, got a folder")
    absent = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if absent:
        raise InputError(
            f"onnx: expected the package {absent[0]}, got none; pip install 'crisp-accel-sim[onnx]'"
        )
    images = torch.zeros((2, *image_shape))  # a batch of one would be taken for a constant
    # It warns of torchvision's absence, which nothing here needs, and of its own future.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        program = torch.onnx.export(
            model.eval(),
            (images,),
            dynamo=True,
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            input_names=["images"],
            output_names=["logits"],
            verbose=False,
        )
    assert program is not None
    replace_atomically(path, lambda target: program.save(target, external_data=False))
