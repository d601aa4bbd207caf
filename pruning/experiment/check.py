"""What a dry run of an experiment looks at: all that its runs would refuse before their first step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn

from pruning.data import Dataset
from pruning.experiment.execute import (
    Outcome,
    dense_file,
    left_by_any,
    require_dense,
    train_config,
)
from pruning.experiment.plan import Experiment
from pruning.files.checkpoint import CheckpointInfo, load_checkpoint
from pruning.run.begin import check_run, require_its_classes
from pruning.run.config import RunConfig
from pruning.run.prune import is_finished
from pruning.training.train import fitting_model, network_options
from workloads.inputs import InputError, one_line


def check_experiment(experiment: Experiment, data: Dataset, folder: Path) -> Iterator[Outcome]:
    """Run after run, with the error that it would end with before its first step; writes nothing.

    A dense network that is still to be trained is looked at as it is made, with random weights.

    Raises:
        InputError: there is no dense network to begin with, it does not suit the data, or ``folder`` is none
            or holds that of another experiment.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: expected a folder, or a place for one, got a file")
    model, info = _dense(experiment, data, folder)
    dense = dense_file(experiment.network, folder)
    seen: dict[str, str] = {}
    for run in experiment.runs:
        path = folder / run.file_name
        if dense.is_file() and is_finished(path, run.config, dense, data):
            yield Outcome(run, path)
            continue
        key = repr(run.config.looked_at)
        if key not in seen:
            seen[key] = _error(run.config, model, info, data)
        yield Outcome(run, path, seen[key])


def _dense(experiment: Experiment, data: Dataset, folder: Path) -> tuple[nn.Module, CheckpointInfo]:
    network = experiment.network
    path = dense_file(network, folder)
    if network.model is None or path.is_file():
        model, info = load_checkpoint(path)
        require_its_classes(path, info, data)
        if network.model is not None:
            require_dense(path, train_config(network), data)
        return model, info
    torch.manual_seed(network.seed)
    options = network_options(network.model, data, network.options)
    model = fitting_model(network.model, options, data, left_by_any(experiment))
    return model, CheckpointInfo(network.model, options, data.name, data.class_names, 0.0)


def _error(config: RunConfig, model: nn.Module, info: CheckpointInfo, data: Dataset) -> str:
    try:
        check_run(config, model, info, data)
    except InputError as error:
        return str(error)
    except Exception as error:  # of the network or of torch, as in a run
        return one_line(error)
    return ""
