"""Runs that are stopped on the way, as kill -9 would, but within this process."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from pruning.data import Dataset
from pruning.files.checkpoint import CheckpointInfo, save_checkpoint
from pruning.models import allow_factory
from pruning.run.config import RunConfig
from pruning.run.prune import RunResult, prune_to_file

QUICK = RunConfig((2, 4, 6), steps=2, last_steps=1, batch_size=16, samples=9, calibration=32)

FACTORY = "pruning_stops:with_dropout"


def with_dropout(num_classes: int) -> nn.Module:
    """A network that takes a moment to run, with all that a stopped run has to put back."""
    return nn.Sequential(
        *(nn.Conv2d(1, 8, 3, 2), nn.BatchNorm2d(8), nn.ReLU()),
        *(nn.Conv2d(8, 16, 3, 2), nn.BatchNorm2d(16), nn.ReLU(), nn.Dropout(0.3)),
        *(nn.Conv2d(16, 32, 3), nn.BatchNorm2d(32), nn.ReLU()),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.3), nn.Linear(32, num_classes)),
    )


def save_with_dropout(path: Path, data: Dataset) -> Path:
    """An untrained network of that kind as a checkpoint."""
    allow_factory(FACTORY)
    torch.manual_seed(0)
    info = CheckpointInfo(FACTORY, {"num_classes": 10}, data.name, data.class_names, 0.1)
    save_checkpoint(path, with_dropout(10), info)
    return path


class Stopped(BaseException):
    """Nothing in the package catches it: what it interrupts does not get to clean up by name."""


def after_one_stage() -> Callable[[int, int, str], None]:
    """A report that stops its run as soon as a second stage begins."""
    before = ""

    def report(_done: int, _total: int, what: str) -> None:
        nonlocal before
        if what == "saliency" and before == "fine-tuning":
            raise Stopped
        before = what

    return report


def at_call(number: int) -> Callable[[int, int, str], None]:
    """A report that stops its run when it is called for the ``number``-th time."""
    calls = 0

    def report(*_: object) -> None:
        nonlocal calls
        calls += 1
        if calls == number:
            raise Stopped

    return report


def stop(
    config: RunConfig,
    checkpoint: Path,
    data: Dataset,
    output: Path,
    report: Callable[[int, int, str], None],
) -> RunResult | None:
    """The run's result, or None where ``report`` stopped it; torch's random state is another afterwards."""
    try:
        return prune_to_file(config, checkpoint, data, output, report)
    except Stopped:
        torch.manual_seed(987)
        return None
