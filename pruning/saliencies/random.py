"""random: a drawn saliency; within a pattern, what every other saliency has to beat."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from pruning.fields.types import require_seed
from pruning.saliencies.contract import Samples
from pruning.saliencies.shared.gradients import as_score, scored_weights


@dataclass(frozen=True)
class Saliency:
    """Random saliency, ``random`` or ``random(seed=1)``: the same at every stage of a run."""

    seed: int = 0

    def __post_init__(self) -> None:
        require_seed(self.seed, "saliency")

    def score(
        self,
        model: nn.Module,
        samples: Samples,  # noqa: ARG002
        layers: Iterable[str],
        after_sample: Callable[[], None],  # noqa: ARG002
    ) -> dict[str, Tensor]:
        """Uniform between 0 and 1, layer after layer."""
        generator = torch.Generator().manual_seed(self.seed)
        weights = scored_weights(model, layers)
        return {
            name: as_score(name, torch.rand(weight.shape, generator=generator))
            for name, weight in weights.items()
        }
