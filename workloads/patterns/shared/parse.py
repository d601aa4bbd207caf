"""Patterns by name, from text, ``crisp(2:4, block=16, density=0.1)``, and with their density filled in."""

from __future__ import annotations

from dataclasses import fields

import workloads.patterns
from workloads.inputs.parts import find_part, parse_spec, part_from_text, part_names
from workloads.patterns.contract import Pattern


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


def at_density(text: str, density: float) -> str:
    """A pattern with its ``density`` filled in, if it has one and leaves it open; else as it is.

    Raises:
        InputError: unknown name, or text that has not the form of a pattern.
    """
    name, arguments = parse_spec(text, "pattern")
    known = {field.name for field in fields(find_part(workloads.patterns, name, "pattern").Pattern)}
    if "density" not in known or "density" in arguments:
        return text
    head = text.strip().rstrip(")")
    return f"{head}, density={density:g})" if arguments else f"{head.rstrip('(')}(density={density:g})"
