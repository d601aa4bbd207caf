"""The stages of a run: prune a little more, fine-tune, again; what is done is kept for a resumed run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import nn

from pruning.data import Dataset
from pruning.files.state import StateFile
from pruning.masking.pruner import LayerReport
from pruning.run.config import RunConfig
from pruning.training.batch_norm import reestimate_batch_norm
from pruning.training.finetune import train_steps, weight_decay_groups
from workloads.layer import Layer
from workloads.masks import KeepMask

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Finished:
    """What the stages of a run made of a network."""

    layers: tuple[Layer, ...]  # in running order
    masks: Mapping[str, KeepMask]
    rows: tuple[LayerReport, ...]
    sparsity: float  # of all weights of convolutions and linear layers
    history: Mapping[str, Any]  # of a layer: a row a stage
    widths: Mapping[str, Any] | None = None  # of a network that lost channels


class Shrinking(Protocol):
    """What prunes: masks (:mod:`pruning.run.by_masks`) or channels (:mod:`pruning.run.by_channels`)."""

    model: nn.Module

    def shrink(self, stage: int, after_sample: Callable[[], None]) -> bool:
        """Prune ``model`` as far as ``stage`` (from 1) goes; whether it has new parameters now."""
        ...

    def try_target(self) -> None:
        """Prune as far as the last stage does, by scores that look at no data.

        Raises:
            InputError: the pattern does not reach the sparsity on these layers.
        """
        ...

    def state(self) -> dict[str, Any]:
        """What :meth:`restore` needs beside the model's own state."""
        ...

    def restore(self, state: dict[str, Any]) -> None:
        """Give ``model`` the shape that it had: its own state is loaded afterwards."""
        ...

    def restored(self) -> None:
        """The model's own state is back."""
        ...

    def finish(self) -> Finished:
        """Leave a plain model, and say what it is."""
        ...


@dataclass(frozen=True)
class StageData:
    """What the stages of a run look at; labels as the network's outputs are counted."""

    mine: Dataset  # the user's classes
    classes: tuple[int, ...]
    calibration: torch.Tensor  # images that batch norm is measured on
    generator: torch.Generator  # shuffles and augments
    distill: Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor] | None = None


def run_stages(
    config: RunConfig, work: Shrinking, data: StageData, report: Progress, state: StateFile | None
) -> None:
    """Prune and fine-tune stage by stage; at the end batch norm is measured anew.

    Args:
        state: where each finished stage is kept, and found again.
    """
    model = work.model
    total = config.stages * config.samples + config.optimiser_steps * config.batch_size
    kept = None if state is None else state.resume()
    first, done = 1, 0
    if kept is not None:
        first, done = kept["stage"] + 1, kept["done"]
        work.restore(kept["work"])
        model.load_state_dict(kept["model"])
        work.restored()
    optimizer, scheduler = _optimiser(config, model)
    if kept is not None:
        optimizer.load_state_dict(kept["optimizer"])
        scheduler.load_state_dict(kept["scheduler"])
        data.generator.set_state(kept["generator"])

    def advance(images: int, what: str) -> None:
        nonlocal done
        done += images
        report(done, total, what)

    for stage in range(first, config.stages + 1):
        before = done
        if work.shrink(stage, lambda: advance(1, "saliency")):
            optimizer, scheduler = _renewed(config, model, scheduler)
        advance(before + config.samples - done, "saliency")  # fewer, or of a saliency that looks at none
        train_steps(
            model,
            data.mine,
            optimizer,
            scheduler,
            config.steps_of(stage),
            generator=data.generator,
            batch_size=config.batch_size,
            classes=data.classes,
            distill=data.distill,
            steps_before=sum(map(config.steps_of, range(1, stage))),
            after_step=lambda _: advance(config.batch_size, "fine-tuning"),
        )
        if state is not None:
            state.keep(
                {
                    "stage": stage,
                    "done": done,
                    "work": work.state(),
                    "model": model.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "scheduler": scheduler.state_dict(),
                    "generator": data.generator.get_state(),
                }
            )
    reestimate_batch_norm(model, data.calibration, config.batch_size)


Optimiser = tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]


def _optimiser(config: RunConfig, model: nn.Module) -> Optimiser:
    groups = weight_decay_groups(model, config.weight_decay)
    optimizer = torch.optim.SGD(groups, config.learning_rate, momentum=0.9, nesterov=True)
    steps = max(1, config.optimiser_steps)
    return optimizer, torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)


def _renewed(config: RunConfig, model: nn.Module, before: torch.optim.lr_scheduler.LRScheduler) -> Optimiser:
    """For new parameters, whose momentum begins at zero; the learning rate goes on where it was."""
    optimizer, scheduler = _optimiser(config, model)
    for group, old in zip(optimizer.param_groups, before.optimizer.param_groups, strict=True):
        group["lr"] = old["lr"]
    scheduler.load_state_dict(before.state_dict())
    return optimizer, scheduler
