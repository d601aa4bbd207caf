"""What every saliency offers, and saliencies written as text, ``class_gradient(over_classes=max)``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor, nn

import pruning.saliencies
from pruning.saliencies.shared.gradients import require_labels
from workloads.inputs.parts import part_from_text, part_names


@dataclass(frozen=True)
class Samples:
    """What a saliency may look at: images of the user's classes and a label for each."""

    images: Tensor  # float [count, channels, height, width]
    labels: Tensor  # int64 [count]
    classes: Sequence[int] | None = None  # the user's class labels; all if not given

    def __post_init__(self) -> None:
        require_labels(self.images, self.labels)


class Saliency(Protocol):
    """Says how much each weight is worth."""

    def score(
        self,
        model: nn.Module,
        samples: Samples,
        layers: Iterable[str],
        after_sample: Callable[[], None],
    ) -> dict[str, Tensor]:
        """Finite scores [m_dim, k_dim] of each layer named, k ordered (r, s, c); ``model`` stays as it is.

        Args:
            after_sample: called after each sample, by those that look at samples.
        """
        ...


def saliency_names() -> list[str]:
    """Names of the saliencies there are."""
    return part_names(pruning.saliencies)


def parse_saliency(text: str) -> Saliency:
    """The saliency that ``text`` describes.

    Raises:
        InputError: unknown name or argument, or numbers that make no sense.
    """
    saliency: Saliency = part_from_text(pruning.saliencies, text, "saliency", "Saliency")
    return saliency
