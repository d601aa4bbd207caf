"""Every pattern that a run takes: masks (:mod:`pruning.methods`) or channels (:mod:`pruning.channel`)."""

from __future__ import annotations

from pruning.channel.pattern import ChannelPattern
from pruning.methods import Method, method_names, parse_method
from workloads.inputs import InputError, did_you_mean
from workloads.inputs.parts import build_from_spec, parse_spec

CHANNEL = "channel"


def pattern_names() -> list[str]:
    """Names of the patterns there are."""
    return sorted([*method_names(), CHANNEL])


def parse_pattern(text: str) -> Method | ChannelPattern:
    """The pattern that ``text`` describes, ``name`` or ``name(2:4, argument=value)``.

    Raises:
        InputError: unknown name or argument, or numbers that make no sense.
    """
    name, arguments = parse_spec(text, "pattern")
    if name == CHANNEL:
        channel: ChannelPattern = build_from_spec(ChannelPattern, arguments, text, "pattern")
        return channel
    if name not in method_names():
        hint = did_you_mean(name, pattern_names())
        raise InputError(f"pattern: expected a known name, got {name!r}{hint}")
    return parse_method(text)
