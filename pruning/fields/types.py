"""Fields of a configuration held to their types: numpy's numbers made plain, names, mappings, decay, seed."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from numbers import Real
from typing import Any, TypeVar

from workloads.inputs import InputError
from workloads.inputs.values import shown

Value = TypeVar("Value")
SEEDS = 2**63  # as many as torch takes, from 0 on
OptionValue = int | float | bool | str  # what a network's option may be, on the command line and in a file


def plain_fields(config: Any) -> None:
    """Make the numbers, texts and tuples of a frozen dataclass plain ones, in its ``__post_init__``.

    Raises:
        TypeError: a field is of another type; the text says which and what was expected.
    """
    for field in fields(config):
        convert = _KINDS.get(str(field.type))
        if convert is not None:
            object.__setattr__(config, field.name, convert(field.name, getattr(config, field.name)))


def names_of(what: str, value: object) -> tuple[str, ...]:
    """The ``value`` of a field as a tuple of texts; one text alone is no list of names.

    Raises:
        TypeError: it is something else.
    """
    if isinstance(value, str) or not isinstance(value, Iterable):
        hint = f"; write ({value!r},)" if isinstance(value, str) else ""
        raise TypeError(f"{what}: expected names, got {shown(value)}{hint}")
    return tuple(_text(what, name) for name in value)


def number_of(what: str, value: object) -> float:
    """The ``value`` of a field as a float, if it is a number of any kind.

    Raises:
        TypeError: it is something else; true and false are.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{what}: expected a number, got {shown(value)}")
    return float(value)


def mapping_of(what: str, value: Mapping[str, Value], each: str) -> Mapping[str, Value]:
    """The ``value`` of a field itself, if it is a mapping.

    Args:
        each: what it holds, and of what, for the message.

    Raises:
        TypeError: it is something else.
    """
    if not isinstance(value, Mapping):
        raise TypeError(f"{what}: expected a mapping, {each}, got {shown(value)}")
    return value


def require_decay(name: str, decay: float) -> None:
    """Raise :class:`InputError` unless a field's ``decay`` is at least 0 and finite."""
    if not 0 <= decay < float("inf"):
        raise InputError(f"{name}: expected at least 0, got {decay:g}")


def require_seed(seed: int, what: str) -> None:
    """Raise :class:`InputError` unless torch takes a field's ``seed``; ``what`` begins the message."""
    if not 0 <= seed < SEEDS:
        raise InputError(f"{what}: seed: expected a whole number from 0 to 2^63 - 1, got {seed}")


def _whole(what: str, value: object) -> int:
    try:
        if isinstance(value, bool):
            raise TypeError
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{what}: expected a whole number, got {shown(value)}") from None


def _text(what: str, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{what}: expected text, got {shown(value)}")
    return value


def _wholes(what: str, value: object) -> tuple[int, ...]:
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise TypeError(f"{what}: expected whole numbers, got {shown(value)}")
    return tuple(_whole(what, number) for number in value)


_KINDS: dict[str, Callable[[str, object], object]] = {
    "int": _whole,
    "float": number_of,
    "str": _text,
    "tuple[int, ...]": _wholes,
    "tuple[str, ...]": names_of,
}
