"""Formats of storage by name, and from text, ``crisp(2:4, block=16)``."""

from __future__ import annotations

import workloads.formats
from workloads.formats.contract import Format
from workloads.inputs.parts import part_from_text, part_names


def format_names() -> list[str]:
    """Names of the formats there are."""
    return part_names(workloads.formats)


def parse_format(text: str) -> Format:
    """The format that ``text`` describes.

    Raises:
        InputError: unknown name or argument, or numbers that make no sense.
    """
    found: Format = part_from_text(workloads.formats, text, "format", "Format")
    return found
