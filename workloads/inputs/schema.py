"""Plain data validated against a pydantic model: one line says what the user has to mend."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from workloads.inputs.errors import InputError, did_you_mean

Model = TypeVar("Model", bound=BaseModel)

_RATIO = re.compile(r"(\d+)\s*:\s*(\d+)")
_TYPES = {
    "int": "a whole number",
    "float": "a number",
    "finite_number": "a finite number",
    "string": "text",
    "bool": "true or false",
    "dict": "keys and values",
    "model": "keys and values",
    "list": "a list",
    "tuple": "a list",
    "none_required": "nothing",
}
_BOUNDS = {
    "greater_than": "a number greater than {gt}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than": "a number less than {lt}",
    "less_than_equal": "a number of at most {le}",
    "multiple_of": "a multiple of {multiple_of}",
    "string_pattern_mismatch": "text of the form {pattern}",
    "string_too_short": "text of at least {min_length} characters",
    "string_too_long": "text of at most {max_length} characters",
}
_SIZES = {"too_short": "at least {min_length} items", "too_long": "at most {max_length} items"}


def validate(model: type[Model], data: Any, where: Callable[[str], str], prefix: str = "") -> Model:
    """An instance of ``model`` from plain data as a YAML file gives it.

    Validation is strict, by the rules for JSON: a list fills a tuple, a whole number fills a float,
    and no text turns into a number. Unknown keys are an error where the model says ``extra="forbid"``.

    Args:
        model: the class; its nested models likewise.
        data: dicts, lists, text, numbers, bools, None.
        where: ``file:line`` of a dotted path, as :meth:`YamlDocument.where` gives it.
        prefix: the dotted path of ``data`` itself, where it is a part of something larger.

    Raises:
        InputError: ``file:line: dotted.path: expected ..., got ...``, for an unknown key if there is
            one (a misspelt key is also a missing one), else for the first thing that is wrong.
    """
    try:
        return model.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as problem:
        errors = problem.errors(include_url=False)
    unknown = [e for e in errors if e["type"] == "extra_forbidden"]
    error: Any = (unknown or errors)[0]
    path = _path_in(data, error["loc"])
    whole = [*prefix.split("."), *path] if prefix else path
    shown = whole[:-1] if error["type"] == "extra_forbidden" else whole
    parts = (where(".".join(whole)), ".".join(shown), _explain(model, error, path))
    raise InputError(": ".join(part for part in parts if part), ".".join(whole))


def _path_in(data: Any, loc: Sequence[str | int]) -> list[str]:
    """The part of pydantic's location that exists in the data.

    Pydantic also names union members and validators on the way; the user has never seen those.
    """
    path: list[str] = []
    for step in loc:
        if (isinstance(data, dict) and step in data) or (
            isinstance(data, list) and isinstance(step, int) and step < len(data)
        ):
            data = data[step]  # type: ignore[index]
            path.append(str(step))
    return path


def _explain(model: type[BaseModel], error: Any, path: list[str]) -> str:
    kind, context, value = error["type"], error.get("ctx", {}), error["input"]
    base = kind.removesuffix("_type").removesuffix("_parsing").removesuffix("_from_float")
    if kind == "extra_forbidden":
        known = {name for m in _models_at(model, path[:-1]) for name in _keys(m)}
        known.discard(path[-1])  # where a section is one of several, a key of another
        return f"expected a known key, got {path[-1]!r}{did_you_mean(path[-1], known)}"
    if kind == "missing":
        return f"expected the key {str(error['loc'][-1])!r}, got none"
    if kind in ("value_error", "assertion_error"):
        return " ".join(str(context["error"]).split())
    if kind in _BOUNDS:
        context = {k: f"{v:g}" if isinstance(v, float) else v for k, v in context.items()}
        return f"expected {_BOUNDS[kind].format(**context)}, got {_show(value)}"
    if kind in _SIZES:
        return f"expected {_SIZES[kind].format(**context)}, got {context['actual_length']}"
    if kind in ("literal_error", "enum", "union_tag_invalid"):
        names = re.findall(r"'([^']*)'", context.get("expected") or context["expected_tags"])
        got = context.get("tag", value)
        if names and isinstance(got, str):
            return f"expected a known value, got {got!r}{did_you_mean(got, names)}"
        return f"expected {context.get('expected')}, got {_show(got)}"
    if kind == "union_tag_not_found":
        return f"expected the key {context['discriminator']}, got none"
    if base in _TYPES:
        return f"expected {_TYPES[base]}, got {_show(value)}{_ratio_hint(value, base)}"
    said = re.sub(r"^Input should be ", "", error["msg"])
    return f"expected {said[0].lower()}{said[1:]}, got {_show(value)}"


def _ratio_hint(value: Any, base: str) -> str:
    ratio = _RATIO.fullmatch(value) if isinstance(value, str) and base != "string" else None
    return f"; write n_keep: {ratio[1]}, m_group: {ratio[2]}" if ratio else ""


def _show(value: Any) -> str:
    """A value as the user wrote it, with its type where the look of it does not tell."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return f"{value if len(value) <= 60 else value[:57] + '...'!r} (text)"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return f"the keys {', '.join(repr(k) for k in list(value)[:5])}" if value else "no keys"
    return str(value)


def _keys(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.alias or name


def _models_at(model: type[BaseModel], path: Sequence[str]) -> list[type[BaseModel]]:
    """The models that the value at ``path`` may be an instance of."""
    here: list[type[BaseModel]] = [model]
    for step in path:
        inner: list[type[BaseModel]] = []
        for owner in here:
            by_key = {field.alias or name: field.annotation for name, field in owner.model_fields.items()}
            inner += _models_in(by_key.get(step))
        here = inner or here  # a list's index or a dict's key stays with the models of its container
    return here


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in get_args(annotation) for found in _models_in(part)]
