"""bn_scale: the sum of |scale| over the batch norms that a unit's channels pass; looks at no sample.

After Liu, Li, Shen, Huang, Yan, Zhang, "Learning Efficient Convolutional Networks through Network Slimming"
(2017, arXiv 1708.06519), where a channel has one batch norm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import nn

from pruning.channel.scores.shared.unit_sums import UnitSums, sum_over_units
from pruning.channel.sets import Sets
from pruning.saliencies import Samples


@dataclass(frozen=True)
class Score:
    """Scale of batch norm, ``bn_scale``."""

    needs_samples: ClassVar[bool] = False

    def score(
        self,
        model: nn.Module,  # noqa: ARG002
        sets: Sets,
        samples: Samples | None,  # noqa: ARG002
    ) -> UnitSums:
        """The sum over all batch norms with a scale; a unit without one has no score and stays."""
        norms = [place.member for place in sets.places if place.member.is_norm]
        scaled = [norm for norm in norms if norm.module.weight is not None]
        return sum_over_units(sets, {n.name: n.module.weight.detach().abs()[:, None] for n in scaled})
