"""Find a network definition by name: every file of this folder declares its ``MODELS``."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable

from torch import nn

import pruning.models
from pruning.models.factory import allowed_factory, is_factory
from workloads.inputs import InputError, did_you_mean


def _models() -> dict[str, Callable[..., nn.Module]]:
    found: dict[str, Callable[..., nn.Module]] = {}
    for info in pkgutil.iter_modules(pruning.models.__path__):
        module = importlib.import_module(f"pruning.models.{info.name}")
        found.update(getattr(module, "MODELS", {}))
    return found


def model_names() -> list[str]:
    """Names that :func:`build_model` knows."""
    return sorted(_models())


def build_model(name: str, **options: int | str) -> nn.Module:
    """A freshly initialised network; ``options`` as its definition takes (``num_classes``, ...).

    ``name`` is one of :func:`model_names`, or ``package.module:factory`` once
    :func:`~pruning.models.factory.allow_factory` has been called with it.

    Raises:
        InputError: no network has that name, or a user's factory was not allowed, does not take the
            options or gives something else than a ``torch.nn.Module``.
        TypeError: the network has no such option.
    """
    if is_factory(name):
        return _from_factory(name, options)
    models = _models()
    if name not in models:
        raise InputError(f"model: expected a known network, got {name!r}{did_you_mean(name, models)}")
    return models[name](**options)


def model_options(name: str) -> tuple[str, ...]:
    """Names of the options that a network takes; of a user's factory too.

    Raises:
        InputError: as :func:`build_model`.
    """
    if is_factory(name):
        return tuple(inspect.signature(allowed_factory(name)).parameters)
    models = _models()
    if name not in models:
        raise InputError(f"model: expected a known network, got {name!r}{did_you_mean(name, models)}")
    return tuple(inspect.signature(models[name]).parameters)


def _from_factory(name: str, options: dict[str, int | str]) -> nn.Module:
    factory = allowed_factory(name)
    try:
        inspect.signature(factory).bind(**options)
    except TypeError as error:
        given = ", ".join(options) or "none"
        raise InputError(f"model: expected {name} to take the options {given}, got: {error}") from error
    model = factory(**options)
    if not isinstance(model, nn.Module):
        raise InputError(f"model: expected a torch.nn.Module from {name}, got {type(model).__name__}")
    return model
