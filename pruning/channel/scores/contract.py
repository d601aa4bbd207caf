"""What every score offers, and sums over the channels of a unit, which lie in several modules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

import pruning.channel.scores
from pruning.channel.members import Member
from pruning.channel.sets import Counts, Sets
from pruning.saliencies import Samples
from workloads.inputs import InputError
from workloads.inputs.parts import part_from_text, part_names

UnitScores = npt.NDArray[np.float64]


class UnitSums(NamedTuple):
    """A sum for every unit, in the order of ``Sets.unit_ids``, and over how many weights it goes."""

    total: UnitScores
    weights: Counts  # 0 where a unit has none that count


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
    """Names of the scores there are."""
    return part_names(pruning.channel.scores)


def parse_score(text: str) -> Score:
    """The score that ``text`` describes.

    Raises:
        InputError: unknown name or argument.
    """
    score: Score = part_from_text(pruning.channel.scores, text, "score", "Score")
    return score


def layers_to_score(sets: Sets) -> dict[str, Member]:
    """The convolutions and linear layers by name that put out a channel that may go."""
    return {
        place.member.name: place.member
        for place in sets.places
        if not place.member.is_norm and np.isin(place.outputs, sets.unit_ids).any()
    }


def sum_over_units(sets: Sets, values: Mapping[str, Tensor]) -> UnitSums:
    """The sum over all that belongs to each unit's output channels.

    Args:
        values: [outputs, ...] by module; a module that is not named adds nothing.

    Raises:
        InputError: a value is NaN or infinite.
    """
    ids = sets.unit_ids
    size = 1 + int(ids.max())  # every other channel's unit is FIXED, the lowest
    total, weights = np.zeros(size), np.zeros(size, np.int64)
    for place in sets.places:
        value = values.get(place.member.name)
        if value is None:
            continue
        sums = value.detach().flatten(1).sum(1, dtype=torch.float64)
        if not bool(torch.isfinite(sums).all()):
            raise InputError(f"{place.member.name}: score: expected finite numbers, got NaN or infinity")
        np.add.at(total, place.outputs, sums.cpu().numpy())
        np.add.at(weights, place.outputs, value[0].numel())
    return UnitSums(total[ids], weights[ids])
