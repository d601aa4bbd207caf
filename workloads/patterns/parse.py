"""Patterns written as text, ``crisp(2:4, block=16, density=0.1)``."""

from __future__ import annotations

import workloads.patterns
from workloads.inputs.parts import build_from_spec, find_part, parse_spec, part_names
from workloads.patterns.base import Pattern


def pattern_names() -> list[str]:
    """Names of the patterns there are."""
    return part_names(workloads.patterns)


def parse_pattern(text: str) -> Pattern:
    """The pattern that ``text`` describes.

    Raises:
        InputError: unknown name or argument, or numbers that make no sense.
    """
    name, arguments = parse_spec(text, "pattern")
    part = find_part(workloads.patterns, name, "pattern").Pattern
    pattern: Pattern = build_from_spec(part, arguments, text, "pattern")
    return pattern
