"""Train a dense network from scratch; killed at any moment it goes on from its last epoch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from pruning.checkpoint import CheckpointInfo, save_checkpoint
from pruning.data import Dataset
from pruning.finetune import accuracy, train_steps, weight_decay_groups
from pruning.models import build_model
from workloads.inputs import replace_atomically


@dataclass(frozen=True)
class TrainConfig:
    """How to train: SGD with Nesterov momentum under a one-cycle learning rate."""

    model: str = "resnet20"
    width: int = 32
    epochs: int = 6
    batch_size: int = 128
    learning_rate: float = 0.2  # peak of the cycle
    weight_decay: float = 5e-4
    label_smoothing: float = 0.05
    seed: int = 0


def train_network(
    config: TrainConfig, data: Dataset, output: Path, report: Callable[[int, int, float], None]
) -> CheckpointInfo:
    """Train ``config.model`` on ``data`` and write the checkpoint ``output``.

    The state after each epoch is kept beside ``output`` until the end; a second call with the same
    configuration resumes from it and, on a CPU, gives the bits of an uninterrupted run.

    Args:
        report: called with steps done, steps in all and the loss after each step.
    """
    torch.manual_seed(config.seed)
    channels = data.image_shape[0]
    options = {"num_classes": len(data.class_names), "in_channels": channels, "width": config.width}
    model = build_model(config.model, **options)
    per_epoch = max(1, len(data.train_labels) // config.batch_size)
    total = per_epoch * config.epochs
    optimizer = torch.optim.SGD(
        weight_decay_groups(model, config.weight_decay), config.learning_rate, momentum=0.9, nesterov=True
    )
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, config.learning_rate, total_steps=total + 1, pct_start=0.3
    )
    generator = torch.Generator().manual_seed(config.seed)
    state_file = output.with_suffix(".training")
    epoch = _resume(state_file, config, model, optimizer, scheduler, generator)
    while epoch < config.epochs:
        done = epoch * per_epoch

        def after_step(loss: float) -> None:
            nonlocal done
            done += 1
            report(done, total, loss)

        train_steps(
            model,
            data,
            optimizer,
            scheduler,
            per_epoch,
            generator=generator,
            batch_size=config.batch_size,
            label_smoothing=config.label_smoothing,
            after_step=after_step,
        )
        epoch += 1
        _keep(state_file, config, epoch, model, optimizer, scheduler, generator)
    score = accuracy(model, data.test_images, data.test_labels)
    info = CheckpointInfo(
        config.model, options, data.name, data.class_names, score, {"epochs": config.epochs}
    )
    save_checkpoint(output, model, info)
    state_file.unlink(missing_ok=True)
    return info


def _keep(
    path: Path,
    config: TrainConfig,
    epoch: int,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    scheduler: torch.optim.lr_scheduler.LRScheduler,
    generator: torch.Generator,
) -> None:
    state = {
        "config": repr(config),
        "epoch": epoch,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "generator": generator.get_state(),
    }
    replace_atomically(path, lambda target: torch.save(state, target))


def _resume(
    path: Path,
    config: TrainConfig,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    scheduler: torch.optim.lr_scheduler.LRScheduler,
    generator: torch.Generator,
) -> int:
    if not path.is_file():
        return 0
    state = torch.load(path, weights_only=True)
    if state["config"] != repr(config):
        return 0
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    scheduler.load_state_dict(state["scheduler"])
    generator.set_state(state["generator"])
    return int(state["epoch"])
