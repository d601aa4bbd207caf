"""Sums over the channels of each unit, which lie in several modules, and the layers to score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from pruning.channel.graph.members import Member
from pruning.channel.sets import Counts, Sets
from workloads.inputs import InputError

UnitScores = npt.NDArray[np.float64]


class UnitSums(NamedTuple):
    """A sum for every unit, in the order of ``Sets.unit_ids``, and over how many weights it goes."""

    total: UnitScores
    weights: Counts  # 0 where a unit has none that count


def layers_to_score(sets: Sets) -> dict[str, Member]:
    """The convolutions and linear layers by name that put out a channel that may go."""
    return {
        place.member.name: place.member
        for place in sets.places
        if not place.member.is_norm and np.isin(place.outputs, sets.unit_ids).any()
    }


def sum_over_units(sets: Sets, values: Mapping[str, Tensor]) -> UnitSums:
    """The sum over all that belongs to the output channels of each unit.

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
