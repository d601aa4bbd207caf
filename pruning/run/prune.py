"""A whole run: checkpoint, user's classes and pattern in, a pruned network out; its file, finished or not."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pruning.data import Dataset
from pruning.files.artifact import export_network, restore_network
from pruning.files.checkpoint import load_checkpoint
from pruning.files.state import StateFile
from pruning.masking.pruner import LayerReport
from pruning.run.begin import begin_run, require_its_classes
from pruning.run.config import RunConfig
from pruning.run.remarks import missed_sparsity, program_provenance
from pruning.run.stages import Finished, Progress, run_stages
from pruning.training.accuracy import accuracy
from pruning.training.finetune import DivergedError
from workloads.artifact import PrunedNetwork, read_artifact, write_artifact
from workloads.inputs import InputError, as_path, locked_file
from workloads.inputs.values import instance


@dataclass(frozen=True)
class RunResult:
    """What came out of a run."""

    network: PrunedNetwork  # write it with workloads.artifact.write_artifact
    accuracy_before: float  # of the dense network, on the test images of the user's classes
    accuracy: float  # of the network as exported, quantised values included
    sparsity: float  # global, as reached
    layers: tuple[LayerReport, ...]

    @property
    def warning(self) -> str:
        """That the sparsity is more than a percentage point off what was asked for; empty if it is not."""
        return str(self.network.provenance.get("warning", ""))


def run_pruning(
    config: RunConfig,
    checkpoint: Path | str,
    data: Dataset,
    report: Progress = lambda *_: None,
    accuracy_before: float | None = None,
    state_file: Path | str | None = None,
) -> RunResult:
    """Prune the network in ``checkpoint`` for ``config.classes`` and fine-tune it.

    Each stage gathers saliency with the weights held still and the masks lifted, chooses masks for a
    rising sparsity and fine-tunes through them; at the end batch norm is measured anew on the user's
    classes. The pattern ``dense`` gets the same fine-tuning without a zero. The same inputs give the
    same bits on a CPU with as many threads.

    Args:
        report: called with units of work done, units in all and what is going on.
        accuracy_before: of the dense network on the user's classes, if another run has found it.
        state_file: keeps every finished stage; a run that finds it goes on there and gives the bits of
            one that was never interrupted. Who has the result in safety deletes it.

    Raises:
        InputError: the checkpoint is unreadable or was trained on other classes, the classes are
            wrong, the sparsity is out of the pattern's reach, a tensor is one that no artifact holds, or the
            state is that of another run.
    """
    instance(config, RunConfig, "config")
    instance(data, Dataset, "data")
    checkpoint = as_path(checkpoint, "checkpoint")
    model, info = load_checkpoint(checkpoint)
    require_its_classes(checkpoint, info, data)
    digest = hashlib.sha256(checkpoint.read_bytes()).hexdigest()
    state: StateFile | None = None
    if state_file is not None:
        inputs = {"checkpoint_sha256": digest, "data_sha256": data.digest}
        state = StateFile(as_path(state_file), {**asdict(config), **inputs})
    begun = begin_run(config, model, info, data)
    mine, classes, work = begun.data.mine, begun.data.classes, begun.work
    before = accuracy_before
    if before is None:
        before = accuracy(model, mine.test_images, mine.test_labels, classes)
    run_stages(config, work, begun.data, report, state)
    made = work.finish()
    network = export_network(
        f"{info.model} {config.pattern}",
        model,
        made.layers,
        made.masks,
        begun.samples,
        notes={row.name: f"{row.gets}: {row.why}" for row in made.rows},
        values=config.values,
        activation_samples=config.activation_samples,
        leave=config.left_names,
    )
    after = accuracy(restore_network(model, network), mine.test_images, mine.test_labels, classes)
    provenance = {
        "model": info.model,
        "options": begun.options,
        "data": data.name,
        "data_sha256": data.digest,
        "data_source": data.source,
        "checkpoint": checkpoint.name,
        "checkpoint_sha256": digest,
        "accuracy_before": before,
        "accuracy": after,
        **program_provenance(begun.program),
        **_provenance(config, data, made),
    }
    return RunResult(replace(network, provenance=provenance), before, after, made.sparsity, made.rows)


def _provenance(config: RunConfig, data: Dataset, made: Finished) -> dict[str, Any]:
    """How a network came to be, as far as the configuration and the stages tell."""
    known = {
        "class_names": [data.class_names[label] for label in config.classes],
        "image_shape": list(data.image_shape),
        "saliency": config.saliency,
        "asked_sparsity": config.sparsity,
        "sparsity": made.sparsity,
        "stages": made.history,
        "run": asdict(config),
        "versions": {"torch": torch.__version__, "numpy": np.__version__},
    }
    warning = missed_sparsity(config.pattern, config.sparsity, made.sparsity)
    if warning:
        known["warning"] = warning
    return known if made.widths is None else {**known, "widths": made.widths}


def prune_to_file(
    config: RunConfig,
    checkpoint: Path | str,
    data: Dataset,
    output: Path | str,
    report: Progress = lambda *_: None,
    accuracy_before: float | None = None,
) -> RunResult:
    """:func:`run_pruning` into the artifact ``output``; killed at any moment, the same call goes on.

    Finished stages are kept in :func:`state_beside` the output until the artifact is whole; a disk that is
    full is an error that leaves them as they are.

    Raises:
        InputError: as :func:`run_pruning`, or ``output`` is a folder, cannot be written, or is that of
            another run that is under way.
    """
    output = as_path(output, "output")
    if output.is_dir():
        raise InputError(f"{output}: expected a file to write, got a folder")
    state_file = state_beside(output)
    with locked_file(output):
        try:
            result = run_pruning(config, checkpoint, data, report, accuracy_before, state_file)
        except DivergedError:
            state_file.unlink(missing_ok=True)  # it would diverge again
            raise
        write_artifact(output, result.network)
        state_file.unlink(missing_ok=True)
    return result


def is_finished(path: Path | str, config: RunConfig, checkpoint: Path | str, data: Dataset) -> bool:
    """Whether ``path`` holds the pruned network that such a run would make."""
    path, checkpoint = Path(path), Path(checkpoint)
    if not path.is_file():
        return False
    made = read_artifact(path).provenance
    return (
        config.is_that_of(made.get("run"))
        and made.get("checkpoint_sha256") == hashlib.sha256(checkpoint.read_bytes()).hexdigest()
        and made.get("data_sha256") == data.digest
    )


def state_beside(output: Path | str) -> Path:
    """Where an unfinished run keeps its stages: beside the file of its pruned network."""
    return Path(output).with_suffix(".unfinished")
