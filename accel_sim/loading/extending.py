"""A machine's file put over the one that it ``extends``, and which file and line says each value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from accel_sim.loading.overrides import is_another_model
from accel_sim.machine.section import Section
from workloads.inputs.strict_yaml import YamlDocument


class Extends(Section):
    """What a machine's file may say beside the fields of a machine."""

    extends: str = Field(
        description="a machine or a family, by its name or by a path from this file's folder: what this file"
        " does not say is as it is there"
    )


@dataclass(frozen=True)
class MachineDocument(YamlDocument):
    """What a machine's file says with all that it extends, and which file says it on which line."""

    files: Mapping[str, Path]  # dotted path -> file, of everything that has a line
    chain: tuple[Path, ...]  # the file, the one that it extends, the one that this extends, ...

    @classmethod
    def of(cls, document: YamlDocument) -> MachineDocument:
        """A file that extends none."""
        files = dict.fromkeys(document.lines, document.path)
        return cls(document.path, document.data, document.lines, files, (document.path,))

    def where(self, dotted_path: str = "") -> str:
        """``file:line`` of a value, or of the nearest thing around it."""
        place = self.nearest(dotted_path)
        return f"{self.files[place]}:{self.lines[place]}"

    def file_of(self, dotted_path: str) -> Path:
        """The file that says a value, or the nearest thing around it: where paths in it start."""
        return self.files[self.nearest(dotted_path)]


def extend(base: MachineDocument, own: YamlDocument) -> MachineDocument:
    """The base with what a file says put over it: sections field by field, anything else as a whole.

    ``family`` is each file's own to say, and ``mapping`` is replaced as a whole. A section whose fields hang
    on another field starts anew where that one changes: ``array`` with another ``architecture``, ``dram``
    with another ``model``.
    """
    replaced = _starting_anew(base.data, own.data)
    data = _put_over({key: value for key, value in base.data.items() if key not in replaced}, own.data)
    replaced |= _taken_whole(base.data, own.data, "")
    kept = [path for path in base.lines if not _lies_within(path, replaced)]
    lines = {**{path: base.lines[path] for path in kept}, **own.lines}
    files = {**{path: base.files[path] for path in kept}, **dict.fromkeys(own.lines, own.path)}
    return MachineDocument(own.path, data, lines, files, (own.path, *base.chain))


def _starting_anew(base: Mapping[str, Any], own: Mapping[str, Any]) -> set[str]:
    """What the base says of which nothing is kept."""
    anew = {"family", *({"mapping"} & own.keys())}
    if "architecture" in base and own.get("architecture", base["architecture"]) != base["architecture"]:
        anew.add("array")
    before, dram = base.get("dram"), own.get("dram")
    if isinstance(before, dict) and isinstance(dram, dict) and "model" in dram:
        anew |= {"dram"} if is_another_model(before, dram["model"]) else set()
    return anew


def _put_over(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(base)
    for key, value in own.items():
        both = isinstance(base.get(key), dict) and isinstance(value, dict)
        found[key] = _put_over(base[key], value) if both else value
    return found


def _taken_whole(base: Mapping[str, Any], own: Mapping[str, Any], prefix: str) -> set[str]:
    """Dotted paths of what ``own`` says and does not say field by field."""
    found = set()
    for key, value in own.items():
        both = isinstance(base.get(key), dict) and isinstance(value, dict)
        found |= _taken_whole(base[key], value, f"{prefix}{key}.") if both else {f"{prefix}{key}"}
    return found


def _lies_within(path: str, places: set[str]) -> bool:
    while path and path not in places:
        path = path.rpartition(".")[0]
    return bool(path)
