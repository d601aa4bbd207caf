"""Which layers a pattern leaves dense and why, by rule and not by name; rules and reasons as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workloads.inputs import InputError, did_you_mean
from workloads.layer import Layer

RULES = {
    "first": "the first layer sees few channels and feeds everything",
    "last": "the classifier has no layer after it to make good what it lost",
    "depthwise": "one channel to choose from: groups along the channels do not exist",
    "small": "fewer channels or weights of a channel than a block (or a group) has",
}
DEFAULT = ("first", "depthwise")
DEFAULT_TEXT = ",".join(DEFAULT)
_FEW = 3  # layers that a sentence names


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


def exempt_layers(layers: Sequence[Layer], rules: tuple[str, ...] = DEFAULT, side: int = 1) -> dict[str, str]:
    """Layer -> why it stays dense, of a network in running order.

    A network's only layer is neither its first nor its last: it feeds nothing, and what is asked for a table
    of one layer is asked for that layer.
    """
    several, last = len(layers) > 1, len(layers) - 1
    found = {}
    for index, layer in enumerate(layers):
        reason = exempt_reason(layer, several and index == 0, several and index == last, rules, side)
        if reason is not None:
            found[layer.name] = reason
    return found


def describe_exempt(exempt: Mapping[str, str]) -> str:
    """Which layers are exempt and why, in a line; empty for none."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in exempt.items():
        by_reason.setdefault(reason, []).append(name)
    return "; ".join(f"{reason}: {_listed(names)}" for reason, names in by_reason.items())


def _listed(names: list[str]) -> str:
    if len(names) <= _FEW:
        return ", ".join(names)
    return f"{len(names)} layers ({', '.join(names[:_FEW])}, ...)"


def parse_rules(text: str) -> tuple[str, ...]:
    """Names of :data:`RULES` from ``"first,depthwise"``; ``"none"`` is none of them.

    Raises:
        InputError: a name is unknown.
        TypeError: no text.
    """
    if not isinstance(text, str):
        raise TypeError(f'exempt: expected text, as "{DEFAULT_TEXT}" or "none", got {type(text).__name__}')
    names = () if text.strip() == "none" else tuple(name.strip() for name in text.split(","))
    for name in names:
        if name not in RULES:
            raise InputError(f"exempt: expected rules or none, got {name!r}{did_you_mean(name, RULES)}")
    return names
