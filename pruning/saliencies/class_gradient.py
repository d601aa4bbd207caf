"""class_gradient: |weight| x mean |gradient of a sample's loss|, over the user's classes; CRISP's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from torch import Tensor, nn

from pruning.saliencies.contract import Samples
from pruning.saliencies.shared.gradients import class_saliency, require_over_classes


@dataclass(frozen=True)
class Saliency:
    """Class-aware saliency, ``class_gradient`` or ``class_gradient(over_classes=max)``.

    With ``max`` a weight is worth what it is to the class that needs it most.
    """

    over_classes: str = "mean"  # mean over all samples, or max of the classes' means

    def __post_init__(self) -> None:
        require_over_classes(self.over_classes)

    def score(
        self, model: nn.Module, samples: Samples, layers: Iterable[str], after_sample: Callable[[], None]
    ) -> dict[str, Tensor]:
        """As :func:`pruning.saliencies.shared.gradients.class_saliency`."""
        return class_saliency(
            model,
            samples.images,
            samples.labels,
            samples.classes,
            layers=layers,
            after_sample=after_sample,
            over_classes=self.over_classes,
        )
