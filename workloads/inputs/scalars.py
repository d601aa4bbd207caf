"""What a plain scalar, one without quotes, means: the core schema of YAML 1.2."""

from __future__ import annotations

import math
import re

from workloads.inputs.errors import InputError

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITY = re.compile(r"([-+]?)\.(inf|Inf|INF)")
_NAN = re.compile(r"\.(nan|NaN|NAN)")
_MOST_DIGITS = 400


def plain_scalar(text: str, where: str) -> str | int | float | bool | None:
    """The value of a scalar without quotes, by the core schema of YAML 1.2.

    Raises:
        InputError: a number that no float64, or no sane person, holds; the text begins with ``where``.
    """
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > _MOST_DIGITS and (
        _FLOAT.fullmatch(text) or _HEX.fullmatch(text) or _OCTAL.fullmatch(text)
    ):
        raise InputError(f"{where}: expected a number of at most {_MOST_DIGITS} digits, got {len(text)}")
    if _DECIMAL.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text) or _HEX.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if math.isinf(number):
            raise InputError(f"{where}: expected a number below 1.8e308, got {text}")
        return number
    if _NAN.fullmatch(text):
        return math.nan
    infinity = _INFINITY.fullmatch(text)
    return float(f"{infinity[1]}inf") if infinity else text
