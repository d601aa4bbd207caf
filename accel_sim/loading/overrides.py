"""Overrides of a machine's fields as a caller hands them over, as a file could say them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from workloads.inputs.values import shown


def plain_overrides(overrides: Mapping[str, Any] | None) -> dict[str, Any]:
    """Overrides with numpy's numbers and arrays made Python's.

    Raises:
        TypeError: they are no mapping of dotted paths to numbers, text, lists and mappings.
    """
    if overrides is None:
        return {}
    if not isinstance(overrides, Mapping):
        raise TypeError(f"overrides: expected dotted paths with their values, got {shown(overrides)}")
    return {
        _text_key(path, "overrides"): _plain(value, f"overrides: {path}") for path, value in overrides.items()
    }


def _text_key(key: object, where: str) -> str:
    if not isinstance(key, str):
        raise TypeError(f"{where}: expected keys that are text, got {shown(key)}")
    return key


def _plain(value: object, where: str) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {_text_key(key, where): _plain(inner, where) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner, where) for inner in value]
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"{where}: expected a number, text, a list or a mapping, got {shown(value)}")
