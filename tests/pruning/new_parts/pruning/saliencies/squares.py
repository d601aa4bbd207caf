"""squares: weight x weight."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from torch import Tensor, nn

from pruning.saliencies.contract import Samples
from pruning.saliencies.shared.gradients import as_score, scored_weights


@dataclass(frozen=True)
class Saliency:
    """Squares, ``squares``."""

    def score(
        self,
        model: nn.Module,
        samples: Samples,  # noqa: ARG002
        layers: Iterable[str],
        after_sample: Callable[[], None],  # noqa: ARG002
    ) -> dict[str, Tensor]:
        """The square of each weight."""
        weights = scored_weights(model, layers)
        return {name: as_score(name, weight.detach().square()) for name, weight in weights.items()}
