"""Stages that prune by masks: saliency with the masks lifted, then new masks for a rising sparsity."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from pruning.masking.pruner import Pruner, magnitude_saliency
from pruning.run.config import RunConfig
from pruning.run.stages import Finished
from pruning.saliencies import Samples, parse_saliency
from pruning.schedules import group_targets, sparsity_targets
from pruning.training.batch_norm import reestimate_batch_norm
from workloads.inputs import InputError


class MaskStages:
    """Masks of a :class:`~pruning.masking.pruner.Pruner`, tightened stage by stage."""

    def __init__(self, config: RunConfig, pruner: Pruner, samples: Samples, calibration: Tensor) -> None:
        """Args as the fields of :class:`~pruning.run.stages.StageData`; ``samples`` are the saliency's.

        Raises:
            InputError: the schedule does not suit the pattern, or N:M alone is sparser than asked for.
        """
        _require_work_for_blocks(config, pruner)
        self.model = pruner.model
        self._config, self._pruner, self._samples, self._calibration = config, pruner, samples, calibration
        self._history: dict[str, list[dict[str, float | None]]] = {}  # of a layer: a row a stage
        self._scorer = parse_saliency(config.saliency)
        self._targets = sparsity_targets(config.schedule, config.stages, config.sparsity)
        self._kept = group_targets(config.schedule, config.stages, config.pattern, pruner.method.ratio)

    def shrink(self, stage: int, after_sample: Callable[[], None]) -> bool:
        """New masks; parameters stay the same tensors."""
        with self._pruner.masks_lifted():
            reestimate_batch_norm(self.model, self._calibration, self._config.batch_size)
            saliency = self._scorer.score(self.model, self._samples, self._pruner.prunable, after_sample)
        self._pruner.step(saliency, self._targets[stage - 1], self._kept[stage - 1])
        for name, score in saliency.items():
            keep = torch.from_numpy(self._pruner.masks[name].to_dense())
            score = score.double()
            # No share can be taken of nothing, nor of scores below zero, which movement has.
            shared = bool((score >= 0).all()) and bool(score.any())
            share = float((score * keep).sum() / score.sum()) if shared else None
            self._history.setdefault(name, []).append(
                {"density": round(self._pruner.masks[name].density, 6), "saliency_kept": share}
            )
        return False

    def try_target(self) -> None:
        """The last masks, by magnitude."""
        self._pruner.step(magnitude_saliency(self._pruner), self._targets[-1], self._kept[-1])

    def state(self) -> dict[str, Any]:
        """The history; masks are buffers of the model."""
        return {"history": self._history}

    def restore(self, state: dict[str, Any]) -> None:
        """The history so far."""
        self._history = state["history"]

    def restored(self) -> None:
        """The pruner reads the masks that came back with the model."""
        self._pruner.read_masks()

    def finish(self) -> Finished:
        """Masks become zeros in plain weights."""
        pruner = self._pruner
        pruner.squash()
        return Finished(pruner.layers, pruner.masks, pruner.report(), pruner.sparsity, self._history)


def _require_work_for_blocks(config: RunConfig, pruner: Pruner) -> None:
    least = pruner.sparsity_of_groups
    if pruner.method.prunes_blocks and config.sparsity < least:
        raise InputError(
            f"sparsity: expected at least {math.ceil(1e4 * least) / 1e4:.4f}, which N:M alone gives on these"
            f" layers, got {config.sparsity:g}"
        )
