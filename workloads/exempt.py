"""Which layers a pattern leaves dense, by rule and not by name."""

from __future__ import annotations

from workloads.inputs import InputError, did_you_mean
from workloads.layer import Layer

RULES = {
    "first": "the first layer sees few channels and feeds everything",
    "last": "the classifier has no layer after it to make good what it lost",
    "depthwise": "one channel to choose from: groups along the channels do not exist",
    "small": "fewer channels or weights of a channel than a block (or a group) has",
}
DEFAULT = ("first", "depthwise")


def exempt_reason(
    layer: Layer, is_first: bool, is_last: bool = False, rules: tuple[str, ...] = DEFAULT, side: int = 1
) -> str | None:
    """Why a layer stays dense, or None if it takes the pattern.

    Args:
        rules: names of :data:`RULES`.
        side: weights of a block's side, or of a group, for the rule ``small``.
    """
    if "first" in rules and is_first:
        return "first layer"
    if "last" in rules and is_last:
        return "last layer"
    if "depthwise" in rules and layer.depthwise:
        return "depthwise"
    if "small" in rules and min(layer.m_dim, layer.k_dim) < side:
        return f"smaller than {side}"
    return None


def parse_rules(text: str) -> tuple[str, ...]:
    """Names of :data:`RULES` from ``"first,depthwise"``; ``"none"`` is none of them.

    Raises:
        InputError: a name is unknown.
    """
    names = () if text.strip() == "none" else tuple(name.strip() for name in text.split(","))
    for name in names:
        if name not in RULES:
            raise InputError(f"exempt: expected rules or none, got {name!r}{did_you_mean(name, RULES)}")
    return names
