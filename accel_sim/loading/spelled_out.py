"""A machine's fields spelled out as the YAML text of a file that says all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from workloads.inputs.scalars import plain_scalar

_WORD = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_MARGIN = 44  # where what is said of a field begins


def spell_out(fields: Mapping[str, Any], said: Callable[[str], str] = lambda _: "") -> str:
    """YAML that :func:`accel_sim.load_machine` takes, a field a line.

    Args:
        said: of a field's dotted path, what stands as a comment beside it; empty for nothing.
    """
    return "\n".join(_lines(fields, "", said)).strip() + "\n"


def _lines(fields: Mapping[str, Any], prefix: str, said: Callable[[str], str]) -> Iterator[str]:
    indent, after_section = "  " * prefix.count("."), False
    for name, value in fields.items():
        path, key = f"{prefix}{name}", f"{indent}{_flow(name)}:"
        is_section = isinstance(value, dict) and bool(value)
        if not prefix and (is_section or after_section):
            yield ""
        after_section = is_section
        if is_section:
            yield key
            yield from _lines(value, f"{path}.", said)
        elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
            yield _beside(key, said(path))
            yield from (f"{indent}  - {_flow(item)}" for item in value)
        else:
            yield _beside(f"{key} {_flow(value)}", said(path))


def _beside(text: str, said: str) -> str:
    return f"{text:<{_MARGIN}}  # {said}" if said else text


def _flow(value: Any) -> str:
    """A value on one line; text in quotes where it might be taken for something else."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if isinstance(value, str):
        plain = _WORD.fullmatch(value) and plain_scalar(value, "") == value
        return value if plain else json.dumps(value, ensure_ascii=not value.isprintable())
    return json.dumps(value)
