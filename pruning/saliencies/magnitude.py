"""magnitude: the saliency |weight|; looks at no sample."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from torch import Tensor, nn

from pruning.saliencies.contract import Samples
from pruning.saliencies.shared.gradients import as_score, scored_weights


@dataclass(frozen=True)
class Saliency:
    """Magnitude, ``magnitude``."""

    def score(
        self,
        model: nn.Module,
        samples: Samples,  # noqa: ARG002
        layers: Iterable[str],
        after_sample: Callable[[], None],  # noqa: ARG002
    ) -> dict[str, Tensor]:
        """The absolute value of each weight that learns, masked ones too."""
        weights = scored_weights(model, layers)
        return {name: as_score(name, weight.detach().abs()) for name, weight in weights.items()}
