"""Before the first stage of a run: model and classes checked, images chosen; all that a run refuses."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import nn

from pruning.data import Dataset
from pruning.fields.types import OptionValue
from pruning.files.checkpoint import CheckpointInfo
from pruning.masking.prunable import require_prunable
from pruning.masking.pruner import PruneConfig, prepare
from pruning.methods import NarrowingMethod, parse_method
from pruning.network.head import narrow_head
from pruning.network.trace import Program
from pruning.run.by_channels import ChannelStages
from pruning.run.by_masks import MaskStages
from pruning.run.config import RunConfig
from pruning.run.stages import Shrinking, StageData
from pruning.saliencies import Samples
from pruning.training.accuracy import require_outputs
from pruning.training.distill import Distillation
from workloads.inputs import InputError


@dataclass(frozen=True)
class Begun:
    """A run that is ready for its stages."""

    options: dict[str, OptionValue]  # that build the network, its head narrowed or not
    program: Program  # what it multiplies
    data: StageData
    samples: torch.Tensor  # the user's images that activations are measured on
    work: Shrinking


def begin_run(config: RunConfig, model: nn.Module, info: CheckpointInfo, data: Dataset) -> Begun:
    """Make ``model`` ready to be pruned, in place, and choose the images that a run looks at.

    Args:
        info: what the model's checkpoint says of it.

    Raises:
        InputError: a class has no image, the model is one that
            :func:`~pruning.masking.prunable.require_prunable` or :func:`~pruning.masking.pruner.prepare`
            refuses, lacks an output, or a schedule, head or saliency does not suit it.
    """
    mine, classes, options = _narrowed(config, model, info, data)
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    samples = mine.balanced_samples(classes, config.samples, generator)
    calibration = mine.train_images[mine.balanced_samples(classes, config.calibration, generator)]
    distill = Distillation(copy.deepcopy(model), classes, config.distill) if config.distill else None
    looked_at, seen = Samples(mine.train_images[samples], mine.train_labels[samples], classes), calibration
    if config.saliency_classes == "all":
        looked_at, seen = _looked_at_for_all(config, data)
    # Before anything else runs the model: images that it does not take are refused here.
    program = require_prunable(model, data.image_shape, config.left_names)
    require_outputs(model, mine, classes)
    work = _work(config, model, data.image_shape, looked_at, seen)
    stage_data = StageData(mine, classes, calibration, generator, distill)
    return Begun(options, program, stage_data, mine.train_images[samples], work)


def require_its_classes(where: object, info: CheckpointInfo, data: Dataset) -> None:
    """Raise :class:`InputError` unless the network that ``info`` describes was trained on these classes."""
    if info.class_names != data.class_names:
        raise InputError(
            f"{where}: expected a network for the classes of {data.name}, got one for {info.data}"
        )


def check_run(config: RunConfig, model: nn.Module, info: CheckpointInfo, data: Dataset) -> None:
    """Raise what a run of ``config`` would raise before its first step; ``model`` stays as it is.

    Raises:
        InputError: as :func:`begin_run`, or the sparsity is out of the pattern's reach.
    """
    begin_run(config, copy.deepcopy(model), info, data).work.try_target()


def _work(
    config: RunConfig,
    model: nn.Module,
    image_shape: tuple[int, int, int],
    samples: Samples,
    calibration: torch.Tensor,
) -> Shrinking:
    """What the pattern needs: channels that leave, or masks."""
    method = parse_method(config.pattern)
    if isinstance(method, NarrowingMethod):
        return ChannelStages(config, method, model, image_shape, samples, calibration)
    masked = PruneConfig(config.pattern, image_shape, config.sr_ste_decay, config.exempt, config.left_names)
    return MaskStages(config, prepare(model, masked), samples, calibration)


def _narrowed(
    config: RunConfig, model: nn.Module, info: CheckpointInfo, data: Dataset
) -> tuple[Dataset, tuple[int, ...], dict[str, OptionValue]]:
    """The user's images, their labels as the network counts its outputs, and the options that build it."""
    if config.head == "full":
        return data.of_classes(config.classes), config.classes, info.options
    if config.saliency_classes == "all":
        raise InputError("saliency_classes: expected user where the head keeps the user's classes, got all")
    if "num_classes" not in info.options:
        raise InputError(f"head: expected a network with the option num_classes, got {info.model}")
    mine = data.relabelled(config.classes)
    narrow_head(model, config.classes, len(data.class_names), data.image_shape, config.left_names)
    options = {**info.options, "num_classes": len(config.classes)}
    return mine, tuple(range(len(config.classes))), options


def _looked_at_for_all(config: RunConfig, data: Dataset) -> tuple[Samples, torch.Tensor]:
    """As many samples of every class there is, and as many images to measure batch norm on.

    All that a saliency that knows no user would look at: with batch norm of the user's images it would
    know the user's classes after all.
    """
    everyone = tuple(range(len(data.class_names)))
    generator = torch.Generator().manual_seed(config.seed)
    chosen = data.balanced_samples(everyone, config.samples, generator)
    calibration = data.train_images[data.balanced_samples(everyone, config.calibration, generator)]
    return Samples(data.train_images[chosen], data.train_labels[chosen], everyone), calibration
