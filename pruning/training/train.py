"""Train a dense network from scratch, fitted to its data; killed, it goes on from its last epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from pruning.data import Dataset
from pruning.fields.types import OptionValue
from pruning.files.checkpoint import CheckpointInfo, rounded_state, save_checkpoint
from pruning.files.fit import misfit
from pruning.files.state import StateFile
from pruning.masking.prunable import require_prunable
from pruning.models import build_model
from pruning.models.shared.registry import model_options, takes_any_option
from pruning.network.layers import evaluation_mode
from pruning.network.logits import logits_of
from pruning.training.accuracy import accuracy
from pruning.training.config import TrainConfig, training_notes
from pruning.training.finetune import DivergedError, train_steps, weight_decay_groups
from workloads.inputs import InputError, as_path, did_you_mean, explained, locked_file, one_line
from workloads.inputs.values import instance


def train_network(
    config: TrainConfig,
    data: Dataset,
    output: Path | str,
    report: Callable[[int, int, float], None] = lambda *_: None,
    leave: Iterable[str] = (),
) -> CheckpointInfo:
    """Train ``config.model`` on ``data`` and write the checkpoint ``output``.

    The state after each epoch is kept beside ``output`` until the end; a second call with the same
    configuration resumes from it and, on a CPU, gives the bits of an uninterrupted run.

    Args:
        report: called with steps done, steps in all and the loss after each step.
        leave: as a run will leave it out: :func:`~pruning.network.trace.trace_program`.

    Raises:
        InputError: the network is unknown, lacks an option, fails, does not fit the data or is one that
            :func:`~pruning.masking.prunable.require_prunable` refuses, the state beside ``output`` is
            that of another run or network, another run is writing ``output`` or it cannot
            be written, or the loss is no longer finite.
    """
    instance(config, TrainConfig, "config")
    instance(data, Dataset, "data")
    with locked_file(as_path(output, "output")):
        return _train(config, data, as_path(output), report, tuple(leave))


def _train(
    config: TrainConfig,
    data: Dataset,
    output: Path,
    report: Callable[[int, int, float], None],
    leave: tuple[str, ...],
) -> CheckpointInfo:
    torch.manual_seed(config.seed)
    options = network_options(config.model, data, config.options)
    model = fitting_model(config.model, options, data, leave)
    per_epoch = max(1, len(data.train_labels) // config.batch_size)
    total = per_epoch * config.epochs
    optimizer = torch.optim.SGD(
        weight_decay_groups(model, config.weight_decay), config.learning_rate, momentum=0.9, nesterov=True
    )
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, config.learning_rate, total_steps=total + 1, pct_start=0.3
    )
    generator = torch.Generator().manual_seed(config.seed)
    state = StateFile(output.with_suffix(".training"), {**asdict(config), "data_sha256": data.digest})
    parts: dict[str, Any] = {"model": model, "optimizer": optimizer, "scheduler": scheduler}
    kept = state.resume()
    epoch = 0
    if kept is not None:
        epoch = kept["epoch"]
        generator.set_state(kept["generator"])
        _put_back(parts, kept, state.path)
    while epoch < config.epochs:
        done = epoch * per_epoch

        def after_step(loss: float) -> None:
            nonlocal done
            done += 1
            report(done, total, loss)

        try:
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
                steps_before=done,
            )
        except DivergedError:
            state.drop()  # it would diverge again
            raise
        except (InputError, BrokenPipeError):  # the second comes from ``report``
            raise
        except Exception as error:  # of the network: batch norm over one value, a user's forward
            raise InputError(
                f"training: expected {config.model} to take batches of {config.batch_size}, got the error:"
                f" {one_line(error)}"
            ) from error
        epoch += 1
        states = {name: part.state_dict() for name, part in parts.items()}
        state.keep({"epoch": epoch, "generator": generator.get_state(), **states})
    model.load_state_dict(rounded_state(model))  # the score is that of the network in the file
    score = accuracy(model, data.test_images, data.test_labels)
    notes = training_notes(config)
    info = CheckpointInfo(config.model, options, data.name, data.class_names, score, notes, data.source)
    save_checkpoint(output, model, info)
    state.drop()
    return info


def _put_back(parts: Mapping[str, Any], kept: Mapping[str, Any], path: Path) -> None:
    """Give model, optimiser and scheduler their states; a user may have edited the factory since."""
    mine, theirs = parts["model"].state_dict(), kept["model"]
    differing = misfit(mine, theirs)
    if not differing and list(mine) != list(theirs):
        differing = "has its tensors in another order"  # by which the optimiser knows them
    if not differing:
        try:
            for name, part in parts.items():
                part.load_state_dict(kept[name])
        except ValueError:  # of the optimiser: it counts them
            differing = "has other tensors to train"
    if differing:
        raise InputError(
            f"{path}: expected the state of this network, got that of another, which {differing}; delete it"
            " to begin anew"
        )


def fitting_model(
    name: str, options: Mapping[str, OptionValue], data: Dataset, leave: Iterable[str] = ()
) -> nn.Module:
    """The network to train, tried on one image: it takes it, has an output for each class, and can be pruned.

    Raises:
        InputError: it cannot be built or is not such a network, or as
            :func:`~pruning.masking.prunable.require_prunable`.
    """
    given = ", ".join(f"{key}={value}" for key, value in options.items())
    with explained(f"model: expected {name}({given}) to take images {data.image_shape}, got the error"):
        model = build_model(name, **options)
        with torch.no_grad(), evaluation_mode(model):
            logits = logits_of(model, data.train_images[:1])
    if logits.shape[1] != len(data.class_names):
        raise InputError(
            f"model: expected {name} to give {len(data.class_names)} logits an image, one a class of"
            f" {data.name}, got the shape {list(logits.shape)}"
        )
    require_prunable(model, data.image_shape, leave)
    return model


def network_options(model: str, data: Dataset, options: Mapping[str, OptionValue]) -> dict[str, OptionValue]:
    """``options`` of a network to train and, where it takes them, the classes and the channels of ``data``.

    Raises:
        InputError: no such network, or it has no such option.
    """
    known, any_name = model_options(model), takes_any_option(model)
    for name in options:
        if name not in known and not any_name:
            hint = did_you_mean(name, known)
            raise InputError(f"option: expected one that {model} takes, got {name!r}{hint}")
    fitting = {"num_classes": len(data.class_names), "in_channels": data.image_shape[0]}
    return {**{name: value for name, value in fitting.items() if name in known or any_name}, **options}
