"""Colours of the parts of a bar in a picture, with spare ones."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

SPARE = ("#4c4c4c", "#bcbd22", "#e377c2", "#17becf", "#8c6d31", "#637939")


def coloured(parts: Sequence[str], first: Sequence[str]) -> dict[str, str]:
    """Part of a bar -> colour: the first ones in turn, then the spare ones over and over."""
    spare = cycle(SPARE)
    return {part: first[place] if place < len(first) else next(spare) for place, part in enumerate(parts)}
