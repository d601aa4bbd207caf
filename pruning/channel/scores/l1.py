"""l1: the sum of |weight| over a unit's output filters; looks at no sample.

After Li, Kadav, Durdanovic, Samet, Graf, "Pruning Filters for Efficient ConvNets" (2017, arXiv 1608.08710).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import nn

from pruning.channel.scores.shared.unit_sums import UnitSums, layers_to_score, sum_over_units
from pruning.channel.sets import Sets
from pruning.saliencies import Samples


@dataclass(frozen=True)
class Score:
    """Norm of the filters, ``l1``."""

    needs_samples: ClassVar[bool] = False

    def score(
        self,
        model: nn.Module,  # noqa: ARG002
        sets: Sets,
        samples: Samples | None,  # noqa: ARG002
    ) -> UnitSums:
        """The sum over all filters that put out a channel of the unit; biases do not count."""
        layers = layers_to_score(sets)
        return sum_over_units(sets, {name: m.module.weight.detach().abs() for name, m in layers.items()})
