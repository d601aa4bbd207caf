"""Train a dense network from scratch; killed at any moment it goes on from its last epoch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from pruning.checkpoint import CheckpointInfo, save_checkpoint
from pruning.data import Dataset
from pruning.finetune import accuracy, train_steps, weight_decay_groups
from pruning.models import build_model
from pruning.models.registry import model_options
from pruning.state import StateFile
from workloads.inputs import InputError, did_you_mean


@dataclass(frozen=True)
class TrainConfig:
    """How to train: SGD with Nesterov momentum under a one-cycle learning rate."""

    model: str = "resnet20"
    options: Mapping[str, int | str] = field(default_factory=lambda: {"width": 32})  # of the definition
    epochs: int = 6
    batch_size: int = 128
    learning_rate: float = 0.2  # peak of the cycle
    weight_decay: float = 5e-4
    label_smoothing: float = 0.05
    seed: int = 0


def train_network(
    config: TrainConfig,
    data: Dataset,
    output: Path,
    report: Callable[[int, int, float], None] = lambda *_: None,
) -> CheckpointInfo:
    """Train ``config.model`` on ``data`` and write the checkpoint ``output``.

    The state after each epoch is kept beside ``output`` until the end; a second call with the same
    configuration resumes from it and, on a CPU, gives the bits of an uninterrupted run.

    Args:
        report: called with steps done, steps in all and the loss after each step.

    Raises:
        InputError: the network is unknown or lacks an option, the state beside ``output`` is that of
            another run, or the loss is no longer finite.
    """
    torch.manual_seed(config.seed)
    options = network_options(config.model, data, config.options)
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
    state = StateFile(output.with_suffix(".training"), {**asdict(config), "data": data.name})
    parts: dict[str, Any] = {"model": model, "optimizer": optimizer, "scheduler": scheduler}
    kept = state.resume()
    epoch = 0
    if kept is not None:
        epoch = kept["epoch"]
        generator.set_state(kept["generator"])
        for name, part in parts.items():
            part.load_state_dict(kept[name])
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
        states = {name: part.state_dict() for name, part in parts.items()}
        state.keep({"epoch": epoch, "generator": generator.get_state(), **states})
    score = accuracy(model, data.test_images, data.test_labels)
    notes = {"epochs": float(config.epochs)}
    info = CheckpointInfo(config.model, options, data.name, data.class_names, score, notes, data.source)
    save_checkpoint(output, model, info)
    state.drop()
    return info


def network_options(model: str, data: Dataset, options: Mapping[str, int | str]) -> dict[str, int | str]:
    """``options`` of a network and, where it takes them, the classes and the channels of ``data``.

    Raises:
        InputError: no such network, or it has no such option.
    """
    known = model_options(model)
    for name in options:
        if name not in known:
            hint = did_you_mean(name, known)
            raise InputError(f"option: expected one that {model} takes, got {name!r}{hint}")
    fitting = {"num_classes": len(data.class_names), "in_channels": data.image_shape[0]}
    return {**{name: value for name, value in fitting.items() if name in known}, **options}
