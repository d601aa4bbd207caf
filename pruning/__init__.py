"""Choose which weights of a PyTorch network survive: class-aware hybrid pruning and its rivals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workloads.lazy import lazy_names

if TYPE_CHECKING:
    from pruning.batch_norm import reestimate_batch_norm
    from pruning.config import RunConfig
    from pruning.masks import crisp_masks
    from pruning.pruned import load_pruned
    from pruning.pruner import PruneConfig, Pruner, prepare
    from pruning.run import RunResult, prune_to_file, run_pruning
    from pruning.saliency import class_saliency
    from pruning.unstructured import unstructured_masks

__all__ = [
    "PruneConfig",
    "Pruner",
    "RunConfig",
    "RunResult",
    "class_saliency",
    "crisp_masks",
    "load_pruned",
    "prepare",
    "prune_to_file",
    "reestimate_batch_norm",
    "run_pruning",
    "unstructured_masks",
]

__getattr__ = lazy_names(
    __name__,
    {
        "PruneConfig": "pruning.pruner",
        "Pruner": "pruning.pruner",
        "RunConfig": "pruning.config",
        "RunResult": "pruning.run",
        "class_saliency": "pruning.saliency",
        "crisp_masks": "pruning.masks",
        "load_pruned": "pruning.pruned",
        "prepare": "pruning.pruner",
        "prune_to_file": "pruning.run",
        "reestimate_batch_norm": "pruning.batch_norm",
        "run_pruning": "pruning.run",
        "unstructured_masks": "pruning.unstructured",
    },
)
