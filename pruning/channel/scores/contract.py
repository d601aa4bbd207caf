"""What every score of channels offers, and scores of channels by name."""

from __future__ import annotations

from typing import ClassVar, Protocol

from torch import nn

import pruning.channel.scores
from pruning.channel.scores.shared.unit_sums import UnitSums
from pruning.channel.sets import Sets
from pruning.saliencies import Samples
from workloads.inputs.parts import part_from_text, part_names


class Score(Protocol):
    """Says how much each unit of channels is worth."""

    needs_samples: ClassVar[bool]  # whether it looks at images

    def score(self, model: nn.Module, sets: Sets, samples: Samples | None) -> UnitSums:
        """Finite scores of all units of a network; ``model`` stays as it is.

        Args:
            samples: images of the user's classes; needed by the scores that look at them.
        """
        ...


def score_names() -> list[str]:
    """Names of the scores of channels there are."""
    return part_names(pruning.channel.scores)


def parse_score(text: str) -> Score:
    """The score of channels that ``text`` describes.

    Raises:
        InputError: unknown name or argument.
    """
    score: Score = part_from_text(pruning.channel.scores, text, "score", "Score")
    return score
