"""Network definitions by name, and the options that they take: every file of models declares ``MODELS``."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable

from torch import nn

import pruning.models
from pruning.fields.types import OptionValue
from pruning.models.shared.factory import allow_factory, allowed_factory, is_factory
from workloads.inputs import InputError, did_you_mean, explained, one_line
from workloads.inputs.parts import part_names


def _models() -> dict[str, Callable[..., nn.Module]]:
    found: dict[str, Callable[..., nn.Module]] = {}
    for name in part_names(pruning.models):
        module = importlib.import_module(f"pruning.models.{name}")
        found.update(getattr(module, "MODELS", {}))
    return found


def model_names() -> list[str]:
    """Names that :func:`build_model` knows."""
    return sorted(_models())


def build_model(name: str, /, **options: OptionValue) -> nn.Module:
    """A freshly initialised network; ``options`` as its definition takes (``num_classes``, ...).

    ``name`` is one of :func:`model_names`, or ``package.module:factory`` once
    :func:`~pruning.models.shared.factory.allow_factory` has been called with it.

    Raises:
        InputError: no network has that name, or a user's factory was not allowed, does not take the
            options, fails or gives something else than a ``torch.nn.Module``.
        TypeError: the network has no such option.
    """
    if is_factory(name):
        return _from_factory(name, options)
    return _definition(name)(**options)


def allow_model(name: str | None) -> None:
    """Take what the user named: :func:`~pruning.models.shared.factory.allow_factory` if it is a factory.

    Raises:
        InputError: as there, or no network has that name.
    """
    if name is None:
        return
    if is_factory(name):
        allow_factory(name)
    _definition(name)


def model_options(name: str) -> tuple[str, ...]:
    """Names of the options that a network takes; of a user's factory too.

    Raises:
        InputError: as :func:`build_model`.
    """
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return tuple(option.name for option in _signature(name).parameters.values() if option.kind in named)


def takes_any_option(name: str) -> bool:
    """Whether a network takes options of other names too: a factory with ``**options``.

    Raises:
        InputError: as :func:`build_model`.
    """
    return any(p.kind is inspect.Parameter.VAR_KEYWORD for p in _signature(name).parameters.values())


def _definition(name: str) -> Callable[..., nn.Module]:
    if is_factory(name):
        return allowed_factory(name)
    models = _models()
    if name not in models:
        raise InputError(f"model: expected a known network, got {name!r}{did_you_mean(name, models)}")
    return models[name]


def _signature(name: str) -> inspect.Signature:
    definition = _definition(name)
    try:
        return inspect.signature(definition)
    except (TypeError, ValueError) as error:  # a class or function written in C need not tell
        raise InputError(
            f"model: expected a factory that tells its options, got {one_line(error)}"
        ) from error


def _from_factory(name: str, options: dict[str, OptionValue]) -> nn.Module:
    signature = _signature(name)
    try:
        signature.bind(**options)
    except TypeError as error:
        given = ", ".join(options) or "none"
        raise InputError(f"model: expected {name} to take the options {given}, got: {error}") from error
    with explained(f"model: expected {name} to make a network, got from it"):
        model = _definition(name)(**options)
    if not isinstance(model, nn.Module):
        raise InputError(f"model: expected a torch.nn.Module from {name}, got {type(model).__name__}")
    return model
