"""Find a network definition by name: every file of this folder declares its ``MODELS``."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable

from torch import nn

import pruning.models
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


def build_model(name: str, **options: int) -> nn.Module:
    """A freshly initialised network; ``options`` as its definition takes (``num_classes``, ...).

    Raises:
        InputError: no network has that name.
    """
    models = _models()
    if name not in models:
        raise InputError(f"model: expected a known network, got {name!r}{did_you_mean(name, models)}")
    return models[name](**options)
