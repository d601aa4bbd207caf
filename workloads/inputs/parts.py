"""Parts (pattern, format, architecture, ...) found by their file's name, listed, and built from text.

A part is one file in the folder of its kind; adding the file adds the part everywhere. Beside the parts
lie the module ``contract``, what every part offers, and the folder ``shared``, what several of them use.
"""

from __future__ import annotations

import importlib.util
import pkgutil
import re
import sys
from collections.abc import Iterable
from dataclasses import MISSING, fields
from types import ModuleType
from typing import Any

from workloads.inputs.errors import InputError, did_you_mean
from workloads.inputs.values import known_name, shown

CONTRACT = "contract"  # the module beside the parts that is none
_SPEC = re.compile(r"\s*([A-Za-z_][\w-]*)\s*(?:\((.*)\))?\s*", re.DOTALL)
_RATIO = re.compile(r"(\d+)\s*:\s*(\d+)")


def part_names(package: ModuleType) -> list[str]:
    """Names of the parts in a package: its modules, save ``contract``, which says what every part offers.

    A part is a file: a folder (``shared``, say) is none.
    """
    return _names_in(package.__path__)


def part_names_of(package: str) -> list[str]:
    """As :func:`part_names`, of a package that is not imported for it: help texts have to be instant."""
    spec = importlib.util.find_spec(package)
    return [] if spec is None else _names_in(spec.submodule_search_locations or ())


def _names_in(folders: Iterable[str]) -> list[str]:
    return sorted(m.name for m in pkgutil.iter_modules(folders) if not m.ispkg and m.name != CONTRACT)


def find_part(package: ModuleType, name: str, kind: str) -> ModuleType:
    """The module of a part.

    Raises:
        InputError: no file of that name; the message lists those there are.
    """
    known_name(name, part_names(package), kind)
    return importlib.import_module(f"{package.__name__}.{name}")


def parts_in_order(package: ModuleType) -> list[ModuleType]:
    """The modules of all parts: by the ``ORDER`` that they state, then those that state none, by name."""
    parts = [find_part(package, name, "part") for name in part_names(package)]
    return sorted(parts, key=lambda part: getattr(part, "ORDER", sys.maxsize))


def part_from_text(package: ModuleType, text: str, kind: str, attribute: str) -> Any:
    """An instance of the dataclass ``attribute`` in the part's file, from ``name(2:4, key=value)``.

    Raises:
        InputError: unknown name or argument, or numbers that make no sense.
    """
    name, arguments = parse_spec(text, kind)
    return build_from_spec(getattr(find_part(package, name, kind), attribute), arguments, text, kind)


def parse_spec(text: str, kind: str) -> tuple[str, dict[str, str]]:
    """Split ``name(2:4, key=value)`` into its name and its arguments.

    A bare ``n:m`` stands for ``n_keep`` and ``m_group``.

    Raises:
        InputError: the text does not have that form, or repeats an argument.
        TypeError: it is no text.
    """
    if not isinstance(text, str):
        raise TypeError(f"{kind}: expected text, got {shown(text)}")
    match = _SPEC.fullmatch(text)
    if match is None:
        raise InputError(f"{kind}: expected name or name(argument, ...), got {text!r}")
    arguments: dict[str, str] = {}
    for piece in (p.strip() for p in (match[2] or "").split(",")):
        if not piece:
            continue
        ratio = _RATIO.fullmatch(piece)
        key, equals, value = (p.strip() for p in piece.partition("="))
        if ratio:
            found = {"n_keep": ratio[1], "m_group": ratio[2]}
        elif equals and key and value:
            found = {key: value}
        else:
            raise InputError(f"{kind}: expected n:m or key=value in {text!r}, got {piece!r}")
        for name, word in found.items():
            if name in arguments:
                raise InputError(f"{kind}: expected {name!r} once in {text!r}, got it twice")
            arguments[name] = word
    return match[1], arguments


def build_from_spec(part: Any, arguments: dict[str, str], text: str, kind: str) -> Any:
    """An instance of the dataclass ``part`` from the arguments of a spec.

    Raises:
        InputError: an argument is unknown, missing, or is no number of its field's type.
    """
    known = {f.name: f for f in fields(part)}
    for name in arguments:
        if name not in known:
            raise InputError(
                f"{kind}: expected a known argument in {text!r}, got {name!r}{did_you_mean(name, known)}"
            )
    missing = [n for n, f in known.items() if f.default is MISSING and n not in arguments]
    if missing:
        raise InputError(f"{kind}: expected the argument {missing[0]!r} in {text!r}, got none")
    return part(**{name: _value(known[name].type, word, name, kind) for name, word in arguments.items()})


def _value(type_name: Any, word: str, name: str, kind: str) -> float | int | str:
    if type_name in ("str", str):
        return word
    convert = int if type_name in ("int", "int | None", int) else float
    try:
        return convert(word)
    except ValueError:
        what = "a whole number" if convert is int else "a number"
        raise InputError(f"{kind}: {name}: expected {what}, got {word!r}") from None
