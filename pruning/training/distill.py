"""Distillation: the pruned network learns from what the dense one says, not from labels alone.

Hinton, Vinyals, Dean, "Distilling the Knowledge in a Neural Network" (2015, arXiv 1503.02531).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from pruning.network.layers import evaluation_mode
from pruning.network.logits import class_logits, logits_of


@dataclass(frozen=True)
class Distillation:
    """The loss of fine-tuning beside a teacher."""

    teacher: nn.Module  # the dense network; it stays as it is
    classes: Sequence[int] | None  # the user's; all if not given
    share: float  # of the loss that compares with the teacher, 0 to 1
    temperature: float = 4.0  # divides logits before the comparison; the paper tries 1 to 20

    def __call__(self, images: Tensor, logits: Tensor, loss: Tensor) -> Tensor:
        """``(1 - share) x loss + share x T^2 x KL(teacher || student)``, both softened by ``temperature``.

        Args:
            images: float [batch, channels, height, width].
            logits: the student's, [batch, classes].
            loss: the student's by the labels. T^2 keeps the gradients of both parts of one size.
        """
        with torch.no_grad(), evaluation_mode(self.teacher):
            soft = class_logits(logits_of(self.teacher, images), self.classes) / self.temperature
        apart = functional.kl_div(
            functional.log_softmax(logits / self.temperature, 1),
            functional.log_softmax(soft, 1),
            reduction="batchmean",
            log_target=True,
        )
        return (1 - self.share) * loss + self.share * self.temperature**2 * apart
