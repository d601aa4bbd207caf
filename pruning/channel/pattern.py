"""Channel pruning written as a pattern, ``channel(score=taylor, multiple=16)``, beside those of masks."""

from __future__ import annotations

from dataclasses import dataclass

from pruning.channel.rank import require_score
from workloads.inputs import InputError, did_you_mean

SALIENCY = "saliency"  # the score that is the run's saliency, summed over the weights of a channel
_SCOPES = ("global", "uniform")


@dataclass(frozen=True)
class ChannelPattern:
    """How a run prunes channels; fields as :func:`~pruning.channel.prune.prune_channels` takes them."""

    score: str = SALIENCY
    multiple: int = 1
    scope: str = "global"
    normalise: str = "set"

    def __post_init__(self) -> None:
        require_score({} if self.score == SALIENCY else self.score, self.normalise)
        if self.scope not in _SCOPES:
            raise InputError(
                f"scope: expected a known name, got {self.scope!r}{did_you_mean(self.scope, _SCOPES)}"
            )
        if self.multiple < 1:
            raise InputError(f"multiple: expected a whole number of at least 1, got {self.multiple}")
