"""Formats written as text, ``crisp(2:4, block=16)``."""

from __future__ import annotations

import workloads.formats
from workloads.formats.base import Format
from workloads.inputs.parts import build_from_spec, find_part, parse_spec, part_names


def format_names() -> list[str]:
    """Names of the formats there are."""
    return part_names(workloads.formats)


def parse_format(text: str) -> Format:
    """The format that ``text`` describes.

    Raises:
        InputError: unknown name or argument, or numbers that make no sense.
    """
    name, arguments = parse_spec(text, "format")
    part = find_part(workloads.formats, name, "format").Format
    found: Format = build_from_spec(part, arguments, text, "format")
    return found
