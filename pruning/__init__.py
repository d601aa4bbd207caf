"""Choose which weights of a PyTorch network survive: class-aware hybrid pruning and its rivals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workloads.lazy import lazy_names

if TYPE_CHECKING:
    from pruning.files.pruned import load_pruned
    from pruning.masking.pruner import PruneConfig, Pruner, prepare
    from pruning.methods.shared.rank_columns import crisp_masks
    from pruning.methods.shared.weight_by_weight import unstructured_masks
    from pruning.run.config import RunConfig
    from pruning.run.prune import RunResult, prune_to_file, run_pruning
    from pruning.saliencies.shared.gradients import class_saliency
    from pruning.training.batch_norm import reestimate_batch_norm

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
        "PruneConfig": "pruning.masking.pruner",
        "Pruner": "pruning.masking.pruner",
        "RunConfig": "pruning.run.config",
        "RunResult": "pruning.run.prune",
        "class_saliency": "pruning.saliencies.shared.gradients",
        "crisp_masks": "pruning.methods.shared.rank_columns",
        "load_pruned": "pruning.files.pruned",
        "prepare": "pruning.masking.pruner",
        "prune_to_file": "pruning.run.prune",
        "reestimate_batch_norm": "pruning.training.batch_norm",
        "run_pruning": "pruning.run.prune",
        "unstructured_masks": "pruning.methods.shared.weight_by_weight",
    },
)
