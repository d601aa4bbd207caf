"""Choose which weights of a PyTorch network survive: class-aware hybrid pruning and its rivals.

The names below are loaded at first use, so that a command's ``--help`` does not wait for torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pruning.masks import crisp_masks, unstructured_masks
    from pruning.pruner import PruneConfig, Pruner, prepare
    from pruning.run import RunConfig, RunResult, run_pruning
    from pruning.saliency import class_saliency

_HOME = {
    "PruneConfig": "pruner",
    "Pruner": "pruner",
    "RunConfig": "run",
    "RunResult": "run",
    "class_saliency": "saliency",
    "crisp_masks": "masks",
    "prepare": "pruner",
    "run_pruning": "run",
    "unstructured_masks": "masks",
}

__all__ = [
    "PruneConfig",
    "Pruner",
    "RunConfig",
    "RunResult",
    "class_saliency",
    "crisp_masks",
    "prepare",
    "run_pruning",
    "unstructured_masks",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"pruning.{_HOME[name]}"), name)
