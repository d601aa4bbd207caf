"""The score of every unit of channels, normalised so that units of different layers can be compared."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from torch import Tensor, nn

from pruning.channel.scores.contract import parse_score
from pruning.channel.scores.shared.unit_sums import UnitScores, UnitSums, layers_to_score, sum_over_units
from pruning.channel.sets import Sets
from pruning.saliencies import Samples
from workloads.inputs import InputError
from workloads.inputs.values import known_name

_NORMALISATIONS = ("set", "parameter", "none")


def require_score(score: str | Mapping[str, Tensor], normalise: str) -> None:
    """Raise :class:`InputError` unless there is such a score of channels and such a normalisation."""
    if isinstance(score, str):
        parse_score(score)
    known_name(normalise, _NORMALISATIONS, "normalise")


def unit_scores(
    model: nn.Module,
    sets: Sets,
    score: str | Mapping[str, Tensor],
    samples: Samples | None,
    normalise: str,
) -> UnitScores:
    """The score of every unit of channels, in the order of ``sets.unit_ids``; NaN for those that have none.

    Args:
        score: a score by name, or each weight's saliency [m_dim, k_dim] by layer, which is summed.
        samples: for the scores that look at them.
        normalise: ``none`` for the sum over a unit; ``parameter`` divides it by the number of weights in it;
            ``set`` by its mean magnitude over the set, so that a layer of small weights does not vanish
            before others.

    Raises:
        InputError: as :func:`require_score`, no unit that the score can judge, a saliency that is misshapen
            or not finite, or what the score raises.
    """
    require_score(score, normalise)
    sums = parse_score(score).score(model, sets, samples) if isinstance(score, str) else _given(sets, score)
    judged = sums.weights > 0
    if not judged.any():
        raise InputError("score: expected one that judges a channel of the network, got none")
    scores = np.where(judged, sums.total, np.nan)
    if normalise == "parameter":
        scores = scores / np.maximum(sums.weights, 1)
    if normalise == "set":
        of_set = np.bincount(sets.set_of, np.abs(scores)) / sets.sizes
        of_set[~(of_set > 0)] = 1
        scores = scores / of_set[sets.set_of]
    return scores


def _given(sets: Sets, saliency: Mapping[str, Tensor]) -> UnitSums:
    """Sums of each weight's saliency; a layer that is not named has none."""
    layers = layers_to_score(sets)
    for name in layers.keys() & saliency.keys():
        weight = layers[name].module.weight
        expected = (weight.shape[0], weight[0].numel())
        if tuple(saliency[name].shape) != expected:
            raise InputError(
                f"{name}: saliency: expected shape {expected}, got {tuple(saliency[name].shape)}"
            )
    return sum_over_units(sets, {name: saliency[name] for name in layers.keys() & saliency.keys()})
