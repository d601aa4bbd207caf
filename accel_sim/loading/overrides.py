"""Overrides of a machine's fields: made plain, put into what a file says, and those of a DRAM's model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from accel_sim.machine.dram_models.contract import dram_models, model_of
from accel_sim.machine.shipped import config_names
from workloads.inputs import InputError, did_you_mean
from workloads.inputs.strict_yaml import YamlDocument
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


def apply_overrides(
    document: YamlDocument, overrides: Mapping[str, Any], origin: Callable[[str], str]
) -> dict[str, Any]:
    """A copy of the document's data with values put at dotted paths, outer ones and models first.

    A DRAM of another model than before starts empty: fields of the one are none of the other.

    Raises:
        InputError: a path leads through something that is no section.
    """
    data: dict[str, Any] = _copy(document.data)
    for path in sorted(overrides, key=lambda path: (path.count("."), path != "dram.model")):
        place = data
        *sections, last = path.split(".")
        for section in sections:
            if not isinstance(place.get(section), dict):
                known = [key for key, inner in place.items() if isinstance(inner, dict)]
                raise InputError(
                    f"{origin(path)}: {path}: expected a section, got {section!r}"
                    f"{did_you_mean(section, known)}",
                    path,
                )
            place = place[section]
        if path == "dram.model":
            _switch_dram(place, overrides[path], origin(path))
        place[last] = overrides[path]
    return data


def _switch_dram(section: dict[str, Any], model: Any, origin: str) -> None:
    if model not in list(dram_models()):
        got = f"{model!r}{did_you_mean(str(model), dram_models())}"
        raise InputError(f"{origin}: dram.model: expected a known value, got {got}", "dram.model")
    if is_another_model(section, model):
        section.clear()


def is_another_model(dram: Mapping[str, Any], model: Any) -> bool:
    """Whether a ``dram`` section is of another model: its fields are none of that one's."""
    return bool(model_of(dram) != model)


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value


def dram_help(path: str, overrides: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """What to set beside the overrides of ``dram``, where these mix two models; empty if that is no help."""
    if path in overrides and path.startswith("dram."):
        for name, model in dram_models().items():
            if name != model_of(data["dram"]) and path.removeprefix("dram.") in model.model_fields:
                return f"; {path} is of dram.model={name}, which has to be set beside it"
    if path.partition(".")[0] == "dram" and "dram.model" in overrides:
        chosen = overrides["dram.model"]
        fields = [f"dram.{name}" for name in dram_models()[chosen].model_fields if name != "model"]
        names = f" (one of {', '.join(config_names('dram'))})" if "dram.device" in fields else ""
        return f"; dram.model={chosen} takes {', '.join(fields)}{names} beside it"
    return ""
