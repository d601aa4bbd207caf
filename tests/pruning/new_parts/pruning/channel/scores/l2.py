"""l2: the sum of squares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import nn

from pruning.channel.scores.shared.unit_sums import UnitSums, layers_to_score, sum_over_units
from pruning.channel.sets import Sets
from pruning.saliencies import Samples


@dataclass(frozen=True)
class Score:
    """Squared norm of the filters, ``l2``."""

    needs_samples: ClassVar[bool] = False

    def score(self, model: nn.Module, sets: Sets, samples: Samples | None) -> UnitSums:  # noqa: ARG002
        """Over all filters that put out a channel of the unit."""
        layers = layers_to_score(sets)
        return sum_over_units(sets, {name: m.module.weight.detach().square() for name, m in layers.items()})
