"""Mappings in a file, loaded, saved, read out of a document: ``mapping: {layer: text}``, or ``auto``."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from accel_sim.mapping.choice import parse_choice
from accel_sim.mapping.names import AUTO, misnamed
from workloads.inputs import InputError, did_you_mean, replace_atomically
from workloads.inputs.scalars import plain_scalar
from workloads.inputs.strict_yaml import YamlDocument, load_yaml

_PLAIN = re.compile(r"[A-Za-z_][\w.-]*(\([\w=, ]*\))?", re.ASCII)


def load_mapping(path: str | os.PathLike[str], layers: Sequence[str]) -> dict[str, str]:
    """Layer -> mapping, as :func:`accel_sim.simulate` takes it.

    Args:
        layers: the names of the workload's layers, each of which the file has to have.

    Raises:
        InputError: anything else in the file, a layer too many or too few, or no mapping, with its line.
    """
    document = load_yaml(path)
    for key in document.data:
        if key != "mapping":
            raise InputError(
                f"{document.where(key)}: expected a known key, got {key!r}{did_you_mean(key, ['mapping'])}"
            )
    if "mapping" not in document.data:
        raise InputError(f"{document.where()}: expected the key 'mapping', got none")
    return read_mapping(document, layers)


def read_mapping(document: YamlDocument, layers: Sequence[str]) -> dict[str, str]:
    """The ``mapping`` of a document, which may be a machine's, held against a workload's layers.

    Raises:
        InputError: as :func:`load_mapping`.
    """
    spelled = document.data["mapping"]
    here = f"{document.where('mapping')}: mapping"
    if spelled == AUTO:
        return dict.fromkeys(layers, AUTO)
    if not isinstance(spelled, dict):
        raise InputError(f"{here}: expected {AUTO!r} or a mapping for each layer, got {spelled!r}")
    for name, text in spelled.items():
        place = f"{document.where(f'mapping.{name}')}: mapping.{name}"
        if not isinstance(text, str):
            raise InputError(f"{place}: expected {AUTO!r} or a mapping, got {text!r}")
        if text != AUTO:
            try:
                parse_choice(text)
            except InputError as error:
                raise InputError(f"{place}: {str(error).removeprefix('mapping: ')}") from None
    problem = misnamed(spelled, layers)
    if problem is not None:
        raise InputError(": ".join((document.where(problem[0]), *problem)))
    return dict(spelled)


def save_mapping(path: str | os.PathLike[str], mappings: Mapping[str, str]) -> None:
    """Write layer -> mapping so that :func:`load_mapping` takes it back."""
    lines = [f"  {_quoted(name)}: {_quoted(text)}\n" for name, text in mappings.items()]

    def write(target: Path) -> None:
        target.write_text("".join(["mapping:\n", *lines]), encoding="utf-8")

    replace_atomically(path, write)


def _quoted(text: str) -> str:
    """Text as YAML reads it back: in quotes where it might be taken for something else."""
    if _PLAIN.fullmatch(text) and plain_scalar(text, "") == text:
        return text
    return "'" + text.replace("'", "''") + "'"
