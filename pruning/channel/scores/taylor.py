"""taylor: how much the loss would change to first order if a unit's filters were zero, sample by sample.

After Molchanov, Mallya, Tyree, Frosio, Kautz, "Importance Estimation for Neural Network Pruning" (2019, arXiv
1906.10771), with the absolute value of a sample's sum for its square.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from torch import nn

from pruning.channel.scores.shared.unit_sums import UnitSums, layers_to_score, sum_over_units
from pruning.channel.sets import Sets
from pruning.network.layers import evaluation_mode
from pruning.saliencies import Samples
from pruning.saliencies.shared.gradients import class_loss, loss_gradients, sample_targets
from workloads.inputs import InputError


@dataclass(frozen=True)
class Score:
    """First-order change of the loss, ``taylor``."""

    needs_samples: ClassVar[bool] = True

    def score(self, model: nn.Module, sets: Sets, samples: Samples | None) -> UnitSums:
        """The mean over samples of |sum over the unit's weights of weight x gradient|.

        The weights are those of the filters that put out the unit's channels. Batch norm keeps its running
        statistics: with those of a batch the sum over a filter would be zero.

        Raises:
            InputError: no samples, a layer that the loss does not depend on or whose weight requires no
                gradient, or a gradient that is NaN or infinite.
        """
        if samples is None:
            raise InputError("score: expected samples for taylor, got none")
        targets = sample_targets(samples.labels, samples.classes)
        weights = {name: member.module.weight for name, member in layers_to_score(sets).items()}
        for name, weight in weights.items():
            if not weight.requires_grad:
                raise InputError(f"{name}: score: expected a weight that requires a gradient, got one frozen")
        total = np.zeros(len(sets.unit_ids))
        with evaluation_mode(model):
            for index in range(len(targets)):
                here = slice(index, index + 1)
                loss = class_loss(model, samples.images[here], targets[here], samples.classes)
                gradients = loss_gradients(loss, weights)
                products = {
                    name: weight.detach() * gradient
                    for (name, weight), gradient in zip(weights.items(), gradients, strict=True)
                }
                sums = sum_over_units(sets, products)
                total += np.abs(sums.total)
        return UnitSums(total / len(targets), sums.weights)
