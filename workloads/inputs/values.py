"""Numbers, objects, known words that a caller hands over, held against what is expected; shown in errors."""

from __future__ import annotations

import operator
from collections.abc import Collection
from typing import Any, TypeVar, cast

from workloads.inputs.errors import InputError, did_you_mean

Kind = TypeVar("Kind")


def whole_number(value: object, what: str, least: int, most: int | None = None) -> int:
    """``value`` as a Python int, if it is a whole number of any kind (numpy's too) within its bounds.

    Raises:
        InputError: no whole number (true and 3.0 are none), or one outside ``least`` to ``most``.
    """
    bounds = f"of at least {least}" if most is None else f"from {least} to {most}"
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(cast(Any, value))
    except TypeError:
        number = least - 1
    if number < least or (most is not None and number > most):
        raise InputError(f"{what}: expected a whole number {bounds}, got {shown(value)}")
    return number


def fraction(value: object, what: str, below_one: bool = False) -> float:
    """``value`` as a Python float, if it is a number of any kind (numpy's too) from 0 to 1, or below 1.

    Raises:
        InputError: no number, or one outside 0 to 1; NaN is.
    """
    try:
        if isinstance(value, str | bytes | bool):
            raise TypeError
        number = float(cast(Any, value))
    except (TypeError, ValueError, OverflowError, RuntimeError):  # the last: a tensor of several numbers
        number = -1.0
    if not 0 <= number <= 1 or (below_one and number == 1):
        raise InputError(f"{what}: expected 0 to {'below ' if below_one else ''}1, got {shown(value)}")
    return number


def instance(value: object, kind: type[Kind], what: str, hint: str = "") -> Kind:
    """``value`` itself, if it is a ``kind``.

    Raises:
        TypeError: it is not; the text says what was expected and how to get one.
    """
    if not isinstance(value, kind):
        raise TypeError(f"{what}: expected {_with_article(kind.__name__)}{hint}, got {shown(value)}")
    return value


def known_name(value: object, known: Collection[str], what: str) -> str:
    """``value`` itself, if it is one of the ``known`` names.

    Raises:
        InputError: it is not; the text says the nearest one, and lists them.
    """
    if not isinstance(value, str) or value not in known:
        raise InputError(f"{what}: expected a known name, got {shown(value)}{did_you_mean(value, known)}")
    return value


def one_of(value: object, known: Collection[str], what: str) -> str:
    """``value`` itself, if it is one of the ``known`` words.

    Raises:
        InputError: it is not; the text lists them.
    """
    if not isinstance(value, str) or value not in known:
        raise InputError(f"{what}: expected one of {', '.join(known)}, got {shown(value)}")
    return value


def shown(value: object) -> str:
    """A value in a message: short things as they are, others by their type."""
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):  # numpy's and torch's numbers
        value = value.item()
    if isinstance(value, int) and value.bit_length() > 128:
        return f"a number of {value.bit_length()} bits"
    if isinstance(value, float):
        return repr(float(value))
    if (
        value is None
        or isinstance(value, int | str | bytes)
        or (isinstance(value, list | tuple | dict) and len(value) <= 8)
    ):
        text = repr(value)
        return text if len(text) <= 60 else f"{text[:57]}..."
    return _with_article(type(value).__name__)


def _with_article(name: str) -> str:
    return f"{'an' if name[0].lower() in 'aeiou' or name == 'ndarray' else 'a'} {name}"
