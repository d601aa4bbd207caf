"""A user's own network, ``package.module:factory``.

Naming a factory runs its code, so only who sits at the keyboard may: :func:`allow_factory` is called
for what was typed (``--model``), and a checkpoint or a pruned network that names a factory is refused
until then. Otherwise a stranger's file could call any function there is.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from typing import Any

from workloads.inputs import InputError, did_you_mean, explained

_allowed: dict[str, Callable[..., Any]] = {}


def is_factory(name: str) -> bool:
    """Whether ``name`` has the form ``package.module:factory``."""
    return ":" in name


def allow_factory(name: str) -> None:
    """Import the factory that the user named; networks of that name can be built from then on.

    The current folder is searched too, after all else.

    Raises:
        InputError: no such module or attribute, the module fails while it is imported, or the
            attribute cannot be called.
    """
    module_name, _, attribute = name.partition(":")
    if not all(word.isidentifier() for word in (*module_name.split("."), attribute)):
        raise InputError(f"model: expected package.module:factory, got {name!r}")
    here = os.getcwd()
    if here not in sys.path and "" not in sys.path:
        sys.path.append(here)
    importlib.invalidate_caches()
    with explained(f"model: expected a module that can be imported, got from {module_name}"):
        try:
            module = importlib.import_module(module_name)
        except ModuleNotFoundError as error:
            wanted = error.name or module_name
            raise InputError(f"model: expected the module of {name!r}, got no module {wanted!r}") from error
    if not hasattr(module, attribute):
        known = [n for n in vars(module) if not n.startswith("_") and callable(getattr(module, n))]
        raise InputError(
            f"model: expected a function or class of {module_name}, got {attribute!r}"
            f"{did_you_mean(attribute, known)}"
        )
    factory = getattr(module, attribute)
    if not callable(factory):
        raise InputError(f"model: expected {name} to be a function or class, got {type(factory).__name__}")
    _allowed[name] = factory


def allowed_factory(name: str) -> Callable[..., Any]:
    """The factory that :func:`allow_factory` was called with.

    Raises:
        InputError: it was not.
    """
    if name not in _allowed:
        raise InputError(f"model: expected a network of this package, got {name!r}; allow it: --model {name}")
    return _allowed[name]
