"""movement: minus the sum of weight x gradient over a few training steps; what grows is worth keeping.

After Sanh, Wolf, Rush, "Movement Pruning: Adaptive Sparsity by Fine-Tuning" (2020, arXiv 2005.07683). A
step of gradient descent moves a weight away from zero where weight x gradient is below zero. Here the
steps are a walk of their own over the samples, after which the weights are put back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from pruning.network.layers import evaluation_mode
from pruning.saliencies.contract import Samples
from pruning.saliencies.shared.gradients import (
    as_score,
    class_loss,
    loss_gradients,
    sample_targets,
    scored_weights,
    zero_sums,
)
from workloads.inputs import InputError
from workloads.inputs.values import whole_number


@dataclass(frozen=True)
class Saliency:
    """Movement, ``movement`` or ``movement(learning_rate=0.01, batch_size=16)``."""

    learning_rate: float = 0.01  # of plain gradient descent; 0 holds the weights still
    batch_size: int = 16

    def __post_init__(self) -> None:
        if not 0 <= self.learning_rate <= torch.finfo(torch.float32).max:
            raise InputError(
                f"saliency: learning_rate: expected at least 0 and a float32, got {self.learning_rate:g}"
            )
        whole_number(self.batch_size, "saliency: batch_size", 1)

    def score(
        self, model: nn.Module, samples: Samples, layers: Iterable[str], after_sample: Callable[[], None]
    ) -> dict[str, Tensor]:
        """Minus the sum over the steps of weight x gradient of the batch's mean loss; either sign.

        Batch norm keeps its running statistics.

        Raises:
            InputError: as :func:`pruning.saliencies.shared.gradients.class_saliency`.
        """
        weights = scored_weights(model, layers)
        targets = sample_targets(samples.labels, samples.classes)
        before = [weight.detach().clone() for weight in weights.values()]
        totals = zero_sums(before)
        try:
            with evaluation_mode(model):
                for start in range(0, len(targets), self.batch_size):
                    part = slice(start, start + self.batch_size)
                    loss = class_loss(model, samples.images[part], targets[part], samples.classes)
                    self._walk(weights, loss_gradients(loss, weights), totals)
                    for _ in targets[part]:
                        after_sample()
        finally:
            with torch.no_grad():
                for weight, value in zip(weights.values(), before, strict=True):
                    weight.copy_(value)
        return {name: as_score(name, total) for name, total in zip(weights, totals, strict=True)}

    @torch.no_grad()
    def _walk(self, weights: dict[str, Tensor], gradients: Iterable[Tensor], totals: list[Tensor]) -> None:
        for weight, gradient, total in zip(weights.values(), gradients, totals, strict=True):
            total.addcmul_(weight.to(total.dtype), gradient.to(total.dtype), value=-1)
            weight.sub_(gradient, alpha=self.learning_rate)
