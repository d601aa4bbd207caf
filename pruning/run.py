"""The whole job: a checkpoint, the user's classes and a pattern in, a pruned network out."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from pruning.batch_norm import reestimate_batch_norm
from pruning.checkpoint import load_checkpoint
from pruning.data import Dataset
from pruning.export import export_network, restore_network
from pruning.finetune import accuracy, train_steps, weight_decay_groups
from pruning.models import build_model
from pruning.parametrize import require_decay
from pruning.pruner import LayerReport, PruneConfig, Pruner, prepare
from pruning.saliencies import Samples, parse_saliency
from pruning.schedule import group_targets, sparsity_targets
from workloads.artifact import PrunedNetwork, read_artifact
from workloads.inputs import InputError

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class RunConfig:
    """How to prune; every default suits a few minutes of one CPU core."""

    classes: tuple[int, ...]  # the user's class labels
    pattern: str = "crisp(2:4, block=16)"
    sparsity: float = 0.9  # of all weights of convolutions and linear layers
    saliency: str = "class_gradient"  # one of pruning.saliencies
    schedule: str = "linear"  # one of pruning.schedule
    stages: int = 2  # mask steps
    steps: int = 12  # optimiser steps after each mask step
    last_steps: int = 44  # more of them after the last
    sr_ste_decay: float = 0.0  # pulls masked weights towards zero while they learn
    batch_size: int = 64
    learning_rate: float = 0.05  # falls along a cosine to zero
    weight_decay: float = 5e-4
    samples: int = 96  # images of the user's classes that saliency and activation densities look at
    calibration: int = 512  # images of the user's classes that batch norm is measured on
    values: str = "int8"
    activation_samples: int = 2  # of the samples: masks of real activations that the artifact carries
    seed: int = 0

    def __post_init__(self) -> None:
        parse_saliency(self.saliency)
        if not 0 <= self.sparsity < 1:
            raise InputError(f"sparsity: expected at least 0 and less than 1, got {self.sparsity:g}")
        if not 0 < self.learning_rate < float("inf"):
            raise InputError(f"learning_rate: expected more than 0, got {self.learning_rate:g}")
        require_decay(self.sr_ste_decay)
        for name in ("steps", "last_steps", "activation_samples", "seed"):
            if getattr(self, name) < 0:
                raise InputError(f"{name}: expected a whole number of at least 0, got {getattr(self, name)}")
        for name in ("stages", "batch_size", "samples", "calibration"):
            if getattr(self, name) < 1:
                raise InputError(f"{name}: expected a whole number of at least 1, got {getattr(self, name)}")

    @property
    def optimiser_steps(self) -> int:
        """Optimiser steps over the whole run."""
        return self.stages * self.steps + self.last_steps


@dataclass(frozen=True)
class RunResult:
    """What came out of a run."""

    network: PrunedNetwork  # write it with workloads.artifact.write_artifact
    accuracy_before: float  # of the dense network, on the test images of the user's classes
    accuracy: float  # of the network as exported, quantised values included
    sparsity: float  # global, as reached
    layers: tuple[LayerReport, ...]


def run_pruning(
    config: RunConfig,
    checkpoint: Path,
    data: Dataset,
    report: Progress = lambda *_: None,
    accuracy_before: float | None = None,
) -> RunResult:
    """Prune the network in ``checkpoint`` for ``config.classes`` and fine-tune it.

    Each stage gathers saliency with the weights held still and the masks lifted, chooses masks for a
    rising sparsity and fine-tunes through them; at the end batch norm is measured anew on the user's
    classes. The pattern ``dense`` gets the same fine-tuning without a zero. The same inputs give the
    same bits on a CPU with as many threads.

    Args:
        report: called with units of work done, units in all and what is going on.
        accuracy_before: of the dense network on the user's classes, if another run has found it.

    Raises:
        InputError: the checkpoint is unreadable or was trained on other classes, the classes are
            wrong, or the sparsity is out of the pattern's reach.
    """
    model, info = load_checkpoint(checkpoint)
    if info.class_names != data.class_names:
        raise InputError(
            f"{checkpoint}: expected a network for the classes of {data.name}, got one for {info.data}"
        )
    mine = data.of_classes(config.classes)
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    samples = mine.balanced_samples(config.classes, config.samples, generator)
    before = class_accuracy(model, mine, config.classes) if accuracy_before is None else accuracy_before
    pruner = prepare(model, PruneConfig(config.pattern, data.image_shape, config.sr_ste_decay))
    _require_work_for_blocks(config, pruner)
    _prune_in_stages(config, pruner, mine, samples, generator, report)
    pruner.squash()
    rows = pruner.report()
    network = export_network(
        f"{info.model} {config.pattern}",
        model,
        pruner.layers,
        pruner.masks,
        mine.train_images[samples],
        notes={row.name: f"{row.gets}: {row.why}" for row in rows},
        values=config.values,
        activation_samples=config.activation_samples,
    )
    after = class_accuracy(restore_network(model, network), mine, config.classes)
    provenance = {
        "model": info.model,
        "options": info.options,
        "data": data.name,
        "checkpoint": checkpoint.name,
        "checkpoint_sha256": hashlib.sha256(checkpoint.read_bytes()).hexdigest(),
        "class_names": [data.class_names[label] for label in config.classes],
        "saliency": config.saliency,
        "accuracy_before": before,
        "accuracy": after,
        "sparsity": pruner.sparsity,
        "run": asdict(config),
        "versions": {"torch": torch.__version__, "numpy": np.__version__},
    }
    return RunResult(replace(network, provenance=provenance), before, after, pruner.sparsity, rows)


def load_pruned(path: Path) -> tuple[nn.Module, PrunedNetwork]:
    """The network of an artifact that :func:`run_pruning` made, with its weights in place.

    Raises:
        InputError: unreadable, or it does not name a network of :mod:`pruning.models`.
    """
    network = read_artifact(path)
    name, options = network.provenance.get("model"), network.provenance.get("options")
    if not isinstance(name, str) or not isinstance(options, dict):
        raise InputError(f"{path}: provenance: expected the network's definition, got none")
    try:
        model = build_model(name, **options)
    except TypeError as error:
        raise InputError(f"{path}: options: expected those of {name}, got: {error}") from error
    return restore_network(model, network), network


def class_accuracy(model: nn.Module, data: Dataset, classes: tuple[int, ...]) -> float:
    """Accuracy on the test images of ``classes``: the highest logit among theirs decides."""
    mine = data.of_classes(classes)
    return accuracy(model, mine.test_images, mine.test_labels, classes)


def _require_work_for_blocks(config: RunConfig, pruner: Pruner) -> None:
    least = pruner.sparsity_of_groups
    if pruner.prunes_blocks and config.sparsity < least:
        raise InputError(
            f"sparsity: expected at least {math.ceil(1e4 * least) / 1e4:.4f}, which N:M alone gives on these"
            f" layers, got {config.sparsity:g}"
        )


def _prune_in_stages(
    config: RunConfig,
    pruner: Pruner,
    data: Dataset,
    samples: Tensor,
    generator: torch.Generator,
    report: Progress,
) -> None:
    model = pruner.model
    optimizer = torch.optim.SGD(
        weight_decay_groups(model, config.weight_decay), config.learning_rate, momentum=0.9, nesterov=True
    )
    steps = max(1, config.optimiser_steps)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    total = config.stages * len(samples) + config.optimiser_steps * config.batch_size
    done = 0

    def advance(images: int, what: str) -> None:
        nonlocal done
        done += images
        report(done, total, what)

    scorer = parse_saliency(config.saliency)
    look_at = Samples(data.train_images[samples], data.train_labels[samples], config.classes)
    calibration = data.train_images[data.balanced_samples(config.classes, config.calibration, generator)]
    targets = sparsity_targets(config.schedule, config.stages, config.sparsity)
    kept = group_targets(config.schedule, config.stages, config.pattern, pruner.ratio)
    for stage, (target, n_keep) in enumerate(zip(targets, kept, strict=True), 1):
        with pruner.masks_lifted():
            reestimate_batch_norm(model, calibration, config.batch_size)
            before = done
            saliency = scorer.score(model, look_at, pruner.prunable, partial(advance, 1, "saliency"))
            advance(before + len(samples) - done, "saliency")  # of a saliency that looks at none
        pruner.step(saliency, target, n_keep)
        train_steps(
            model,
            data,
            optimizer,
            scheduler,
            config.steps + (config.last_steps if stage == config.stages else 0),
            generator=generator,
            batch_size=config.batch_size,
            classes=config.classes,
            after_step=lambda _: advance(config.batch_size, "fine-tuning"),
        )
    reestimate_batch_norm(model, calibration, config.batch_size)
