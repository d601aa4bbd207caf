"""The training loop, from scratch and for fine-tuning: augmented batches, steps, weight decay, divergence.

The loop knows nothing of pruning: masks are parametrisations of the model it is given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from pruning.data import Dataset
from pruning.network.logits import class_logits, class_targets, logits_of
from workloads.inputs import InputError


class DivergedError(InputError):
    """Loss or weights are no longer finite: going on, now or later, would not help."""


def augment(images: Tensor, generator: torch.Generator, shift: int = 2, mirror: bool = True) -> Tensor:
    """Random shift by up to ``shift`` pixels and, with ``mirror``, left-right flip; one draw per image."""
    count, channels, height, width = images.shape
    if mirror:
        flip = torch.rand(count, generator=generator) < 0.5
        images = torch.where(flip[:, None, None, None], images.flip(3), images)
    padded = functional.pad(images, (shift,) * 4, mode="replicate")
    rows = torch.randint(0, 2 * shift + 1, (count, 1), generator=generator) + torch.arange(height)
    columns = torch.randint(0, 2 * shift + 1, (count, 1), generator=generator) + torch.arange(width)
    sample = torch.arange(count)[:, None, None, None]
    channel = torch.arange(channels)[:, None, None]
    # Plain strides: a permuted image with one channel counts as channels-last, and torch 2.13's
    # convolution of such images into 4 or 6 channels corrupts the heap in its backward pass.
    return padded[sample, channel, rows[:, None, :, None], columns[:, None, None, :]]


def batches(count: int, batch_size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Indices of shuffled full batches of training; what does not fill a batch is left for the next epoch."""
    size = min(batch_size, count)
    order = torch.randperm(count, generator=generator)
    for start in range(0, count - size + 1, size):
        yield order[start : start + size]


def train_steps(
    model: nn.Module,
    data: Dataset,
    optimizer: torch.optim.Optimizer,
    scheduler: torch.optim.lr_scheduler.LRScheduler,
    steps: int,
    *,
    generator: torch.Generator,
    batch_size: int = 128,
    classes: Sequence[int] | None = None,
    label_smoothing: float = 0.0,
    distill: Callable[[Tensor, Tensor, Tensor], Tensor] | None = None,
    after_step: Callable[[float], None] | None = None,
    steps_before: int = 0,
) -> None:
    """Run ``steps`` optimiser steps over shuffled, augmented batches of the training images.

    Args:
        classes: when given, the loss looks at these classes' logits alone.
        distill: makes the loss from images, logits and the loss by labels: pruning.training.distill.
        after_step: called with the loss after every step.
        steps_before: how many steps the run has behind it, for the number of the step in a message.

    Raises:
        InputError: no weight requires a gradient, or the model gives no logits.
        DivergedError: the loss is no longer finite, in the step where it stops being so, or a weight after
            the last step.
    """
    model.train()
    done = 0
    while done < steps:
        for index in batches(len(data.train_labels), batch_size, generator):
            images = augment(data.train_images[index], generator, mirror=data.mirrors)
            targets = class_targets(data.train_labels[index], classes)
            logits = class_logits(logits_of(model, images), classes)
            loss = functional.cross_entropy(logits, targets, label_smoothing=label_smoothing)
            if distill is not None:
                loss = distill(images, logits, loss)
            if not loss.requires_grad:
                raise InputError("training: expected weights that require a gradient, got none that does")
            done += 1
            step = steps_before + done
            _update(optimizer, loss, step)
            scheduler.step()
            value = float(loss.detach())
            if not math.isfinite(value):
                raise DivergedError(
                    f"training: expected a finite loss, got {value} in step {step}; lower the learning rate"
                )
            if after_step is not None:
                after_step(value)
            if done == steps:
                # The loss was that of the weights before this step: nothing has looked at its result yet.
                if not all(bool(parameter.isfinite().all()) for parameter in model.parameters()):
                    raise DivergedError(
                        f"training: expected finite weights, got NaN or infinity after step {step};"
                        " lower the learning rate"
                    )
                return


def _update(optimizer: torch.optim.Optimizer, loss: Tensor, step: int) -> None:
    """One step down the gradient of ``loss``."""
    optimizer.zero_grad()
    try:
        loss.backward()
        optimizer.step()
    except RuntimeError as error:
        if "without overflow" not in str(error):  # torch's words for a factor that float32 cannot hold
            raise
        raise DivergedError(
            f"training: expected numbers that float32 holds, got an overflow in step {step};"
            " lower the learning rate or the decay"
        ) from error


def weight_decay_groups(model: nn.Module, weight_decay: float) -> list[dict[str, object]]:
    """Parameter groups that decay matrices and filters and leave biases and norms alone."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim <= 1]
    return [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
