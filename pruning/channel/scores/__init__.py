"""Scores of channels, one file each: what says how much a unit of channels is worth.

Each file holds a frozen dataclass ``Score`` whose fields are its options, whose ``needs_samples`` says
whether it looks at images and whose ``score(model, sets, samples)`` gives a number a unit; the higher stay.
"""

from pruning.channel.scores.contract import Score, parse_score, score_names
from pruning.channel.scores.shared.unit_sums import UnitSums

__all__ = ["Score", "UnitSums", "parse_score", "score_names"]
