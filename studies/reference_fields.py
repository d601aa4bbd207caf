"""The fields of a file's schema as rows of a table, read off its models: nothing is written twice."""

from __future__ import annotations

import ast
import inspect
import textwrap
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel
from pydantic_core import PydanticUndefined

REQUIRED = "*required*"
# What a name that ends so is counted in.
UNITS = {
    "_bytes_per_cycle": "bytes / cycle",
    "_bytes": "bytes",
    "_bits": "bits",
    "_cycles": "cycles",
    "_hz": "Hz",
    "_ps": "ps",
    "_pj": "pJ",
    "_js": "J s",
    "seconds": "s",
}
_PLAIN = {int: "whole number", float: "number", str: "text", bool: "true or false", Any: "any value"}
_SIGNS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<", "min_length": "entries >="}


@dataclass(frozen=True)
class Row:
    """A field of a file, or a column of a table."""

    name: str
    type: str
    unit: str
    default: str
    limits: str
    sentence: str


def sections(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """The model itself and every section within it, each with its dotted path in the file."""
    yield path, model
    for name, field in model.model_fields.items():
        for inner in _models_in(field.annotation):
            yield from sections(inner, f"{path}.{name}" if path else name)


def rows(model: type) -> list[Row]:
    """The fields of a pydantic model, or of a dataclass."""
    comments = _comments(model)
    if issubclass(model, BaseModel):
        return [
            Row(
                name,
                _type(field.annotation),
                unit(name),
                _default(field.get_default(call_default_factory=True)),
                _limits([*field.metadata, *_metadata_in(field.annotation)]),
                field.description or comments.get(name) or _sentence_of_sections(field.annotation),
            )
            for name, field in model.model_fields.items()
        ]
    assert is_dataclass(model)
    hints = inspect.get_annotations(model, eval_str=True)
    return [
        Row(
            field.name,
            _type(hints[field.name]),
            unit(field.name),
            _default(PydanticUndefined if field.default is MISSING else field.default),
            _bounds(said := _said(field.metadata)),
            getattr(said, "help", "") or comments.get(field.name, ""),
        )
        for field in fields(model)
    ]


def unit(name: str) -> str:
    """The unit that a name ends with; empty for a count, a ratio or a text."""
    return next((what for ending, what in UNITS.items() if name.endswith(ending)), "")


def table(found: Sequence[Row], columns: Mapping[str, str]) -> str:
    """Rows as a Markdown table; ``columns``: attribute of a row -> heading. Empty columns are left out."""
    used = [c for c in columns if c in ("name", "sentence") or any(getattr(row, c) for row in found)]
    lines = [[columns[c] for c in used], ["---"] * len(used)]
    lines += [[f"`{row.name}`" if c == "name" else getattr(row, c) for c in used] for row in found]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def sentence_of(thing: Any) -> str:
    """The first sentences of a docstring, up to the first empty line."""
    own = inspect.cleandoc(vars(thing).get("__doc__") or "")
    return " ".join(own.split("\n\n")[0].split()).replace("``", "`")


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _models_in(inner)]


def _said(metadata: Mapping[Any, Any]) -> Any:
    """What a field of a dataclass says of itself: the part of its metadata that has a help."""
    return next((value for value in metadata.values() if hasattr(value, "help")), None)


def _bounds(said: Any) -> str:
    signs = {">=": "least", ">": "above", "<=": "most", "<": "below"}
    found = [(sign, getattr(said, name, None)) for sign, name in signs.items()]
    return ", ".join(f"{sign} {_number(value)}" for sign, value in found if value is not None)


def _sentence_of_sections(annotation: Any) -> str:
    return " Or: ".join(sentence_of(model) for model in _models_in(annotation))


def _metadata_in(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Annotated:
        return [*annotation.__metadata__, *_metadata_in(annotation.__origin__)]
    return []


def _type(annotation: Any) -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(inner[0])
    if origin is Literal:
        return " or ".join(f"`{_plain(value)}`" for value in inner)
    if origin in (Union, types.UnionType):
        named = list(dict.fromkeys(_type(one) for one in inner if one is not types.NoneType))
        return " or ".join([*named, *(["none"] if types.NoneType in inner else [])])
    if origin in (list, tuple):
        return f"list of {_type(inner[0])}"
    if origin is dict:
        return f"{_type(inner[0])} -> {_type(inner[1])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "section"
    return _PLAIN.get(annotation, getattr(annotation, "__name__", str(annotation)))


def _default(value: Any) -> str:
    return REQUIRED if value is PydanticUndefined else f"`{_plain(value)}`"


def _plain(value: Any) -> str:
    """A value as a YAML file has it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return str(list(value))
    return str(value) if value != "" else '""'


def _limits(metadata: Sequence[Any]) -> str:
    found = [
        f"{sign} {_number(getattr(one, name))}"
        for one in metadata
        for name, sign in _SIGNS.items()
        if getattr(one, name, None) is not None
    ]
    found += [
        one.func.__name__.strip("_").replace("_", " ") for one in metadata if isinstance(one, AfterValidator)
    ]
    return ", ".join(dict.fromkeys(found))


def _number(value: float) -> str:
    whole = int(value)
    if whole == value and whole >= 1024 and whole & (whole - 1) == 0:
        return f"2^{whole.bit_length() - 1}"
    if whole == value and whole >= 1000 and str(whole).rstrip("0") == "1":
        return f"10^{len(str(whole)) - 1}"
    return f"{value:g}"


def _comments(model: type) -> dict[str, str]:
    """Field -> the comment behind it in the source, where a schema says its sentence so."""
    lines = textwrap.dedent(inspect.getsource(model)).splitlines()
    (body,) = ast.parse("\n".join(lines)).body
    assert isinstance(body, ast.ClassDef)
    found = {}
    for node in body.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            line = lines[(node.end_lineno or node.lineno) - 1][node.end_col_offset or 0 :]
            found[node.target.id] = line.partition("# ")[2].strip()
    return found
