"""Patterns written as text, ``crisp(2:4, block=16, density=0.1)``."""

from __future__ import annotations

import workloads.patterns
from workloads.inputs.parts import part_from_text, part_names
from workloads.patterns.base import Pattern


def pattern_names() -> list[str]:
    """Names of the patterns there are."""
    return part_names(workloads.patterns)


def parse_pattern(text: str) -> Pattern:
    """The pattern that ``text`` describes.

    Raises:
        InputError: unknown name or argument, or numbers that make no sense.
    """
    pattern: Pattern = part_from_text(workloads.patterns, text, "pattern", "Pattern")
    return pattern
