"""Run an experiment: its dense network, found or trained and checked, then the runs that its folder lacks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import joblib
import torch

from pruning.data import Dataset, load_dataset
from pruning.experiment.plan import SHIPPED, Experiment, Network, Run
from pruning.files.checkpoint import load_checkpoint, shipped_checkpoint
from pruning.models.shared.registry import allow_model
from pruning.run.prune import is_finished, prune_to_file, state_beside
from pruning.training.accuracy import class_accuracy
from pruning.training.config import TrainConfig, training_notes
from pruning.training.train import network_options, train_network
from workloads.inputs import InputError, one_line

DENSE = "dense.safetensors"


@dataclass(frozen=True)
class Outcome:
    """How one run of an experiment ended."""

    run: Run
    path: Path
    error: str = ""  # why there is no artifact


def dense_checkpoint(
    experiment: Experiment, data: Dataset, folder: Path, report: Callable[[int, int, float], None]
) -> Path:
    """The dense network of an experiment, trained first where the file says how and ``folder`` lacks it.

    Raises:
        InputError: there is no such checkpoint or network, or ``folder`` holds that of another experiment.
    """
    path = dense_file(experiment.network, folder)
    if experiment.network.model is not None:
        config = train_config(experiment.network)
        if not path.is_file():
            train_network(config, data, path, report, left_by_any(experiment))
        require_dense(path, config, data)
    return path


def dense_file(network: Network, folder: Path) -> Path:
    """Where the dense network of an experiment lies, or will lie."""
    if network.model is not None:
        return folder / DENSE
    assert network.checkpoint is not None
    return shipped_checkpoint() if network.checkpoint == SHIPPED else Path(network.checkpoint)


def train_config(network: Network) -> TrainConfig:
    """How an experiment file says that the dense network is trained."""
    assert network.model is not None
    return TrainConfig(
        network.model,
        network.options,
        network.epochs,
        learning_rate=network.learning_rate,
        seed=network.seed,
    )


def left_by_any(experiment: Experiment) -> tuple[str, ...]:
    """Parameters that some run of an experiment leaves out: the dense network may have them."""
    return tuple(dict.fromkeys(name for run in experiment.runs for name in run.config.left_names))


def require_dense(path: Path, config: TrainConfig, data: Dataset) -> None:
    """Raise :class:`InputError` unless ``path`` is the dense network that ``config`` makes of ``data``."""
    _, info = load_checkpoint(path)
    options = network_options(config.model, data, config.options)
    wanted = {"model": config.model, "options": options, "data": data.name, **training_notes(config)}
    # Older files do not say all of the numbers.
    made = {**wanted, "model": info.model, "options": info.options, "data": info.data, **info.notes}
    for what, mine in wanted.items():
        if made[what] != mine:
            raise InputError(
                f"{path}: {what}: expected the dense network of this experiment, {mine!r}, got that of"
                f" another, {made[what]!r}; take another folder, or delete it"
            )


def run_experiment(
    experiment: Experiment,
    data: Dataset,
    checkpoint: Path,
    folder: Path,
    jobs: int,
    data_root: str | None,
    factory: str | None = None,
) -> Iterator[Outcome]:
    """Run after run as it ends; those whose artifact lies in ``folder`` come first, and are not run.

    A run that fails is an outcome with an error, and the others go on. Killed at any moment, the same
    call takes finished runs from the folder and goes on within the others at their last stage.

    Args:
        jobs: processes of one torch thread each; -1 for one a core.
        data_root: as :func:`~pruning.experiment.plan.load_experiment` was given.
        factory: the user's own network that the processes may build, if the checkpoint is of one.
    """
    load_checkpoint(checkpoint)
    missing = []
    for run in experiment.runs:
        path = folder / run.file_name
        if is_finished(path, run.config, checkpoint, data):
            state_beside(path).unlink(missing_ok=True)  # killed between the last two steps
            yield Outcome(run, path)
        else:
            missing.append(run)
    # Numba and torch each start threads of their own: as many processes as cores are enough of them.
    jobs = jobs if jobs > 0 else os.cpu_count() or 1
    same = (experiment.data_source, data_root, checkpoint, folder, factory, os.getcwd())
    calls = (joblib.delayed(_run)(run, *same) for run in missing)
    yield from joblib.Parallel(n_jobs=jobs, return_as="generator_unordered")(calls)


def _run(
    run: Run,
    source: str,
    data_root: str | None,
    checkpoint: Path,
    folder: Path,
    factory: str | None,
    here: str,
) -> Outcome:
    torch.set_num_threads(1)
    os.chdir(here)  # joblib keeps its processes, and one of an earlier experiment may stand elsewhere
    path = folder / run.file_name
    try:
        allow_model(factory)
        data = _data(source, data_root)
        before = _dense_accuracy(source, data_root, checkpoint, run.config.classes)
        prune_to_file(run.config, checkpoint, data, path, accuracy_before=before)
    except InputError as error:
        return Outcome(run, path, str(error))
    except Exception as error:  # of the network or of torch: the other runs go on
        return Outcome(run, path, one_line(error))
    return Outcome(run, path)


_data = lru_cache(maxsize=1)(load_dataset)  # once a process


@lru_cache
def _dense_accuracy(source: str, root: str | None, checkpoint: Path, classes: tuple[int, ...]) -> float:
    return class_accuracy(load_checkpoint(checkpoint)[0], _data(source, root), classes)
