"""channel: the method that removes whole channels; the network really becomes narrower."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from pruning.channel.prune import SCOPES, prune_channels
from pruning.channel.rank import require_score
from pruning.channel.scores import parse_score
from pruning.methods import contract
from pruning.saliencies import Samples
from workloads.inputs.values import known_name, whole_number

SALIENCY = "saliency"  # the score that is the run's saliency, summed over the weights of a channel
_BLIND = "l1"  # stands for scores that look at data where there are none


@dataclass(frozen=True)
class Method(contract.NarrowingMethod):
    """Channel pruning, ``channel(score=taylor, multiple=16)``.

    Fields as :func:`~pruning.channel.prune.prune_channels` takes them.
    """

    score: str = SALIENCY
    multiple: int = 1
    scope: str = "global"
    normalise: str = "set"

    def __post_init__(self) -> None:
        require_score({} if self.needs_saliency else self.score, self.normalise)
        known_name(self.scope, SCOPES, "scope")
        whole_number(self.multiple, "multiple", 1)

    @property
    def needs_saliency(self) -> bool:
        """Whether no score of channels is named."""
        return self.score == SALIENCY

    def without_data(self) -> Method:
        """With its own score, or the sum of magnitudes for one that looks at data."""
        blind = not self.needs_saliency and not parse_score(self.score).needs_samples
        return self if blind else replace(self, score=_BLIND)

    def narrow(
        self,
        model: nn.Module,
        example: torch.Tensor,
        density: float,
        saliency: Mapping[str, Tensor] | None = None,
        samples: Samples | None = None,
    ) -> None:
        """Remove the channels of the lowest scores."""
        prune_channels(
            model,
            example,
            density,
            score=self.score if saliency is None else saliency,
            multiple=self.multiple,
            scope=self.scope,
            normalise=self.normalise,
            samples=samples,
        )

    def storage(self, k_dim: int) -> str:  # noqa: ARG002
        """What is left is dense."""
        return "dense"
