"""Configuration files of SCALE-Sim 2 and 3 (``.cfg``), key by key, as a machine's file of an array.

The machine extends ``scalesim`` by the file's rows, columns and dataflow, and its memory is never waited for:
it gives SCALE-Sim's compute cycles, not its stalls. So what only adds stalls there is not taken over: SRAM
sizes, offsets, banks, layouts, request buffers, ``Bandwidth`` under ``InterfaceBandwidth: USER``, traces of
Ramulator. What changes its compute cycles and is not done here, sparsity, is refused. Keys and sections as
its scale_config.py (3.0.0) reads them; files of version 2 lack some sections of version 3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workloads.inputs import InputError, did_you_mean, require_file
from workloads.inputs.scalars import plain_scalar
from workloads.inputs.strict_yaml import YamlDocument

DATAFLOWS = {"os": "output_stationary", "ws": "weight_stationary", "is": "input_stationary"}
BASE = "scalesim"
ARRAY = "architecture_presets"
_SECTION = re.compile(r"\[(.+)\]")
_KEY = re.compile(r"([^=:]+)[=:](.*)")


def machine_file(path: Path) -> YamlDocument:
    """A ``.cfg`` as a machine's file that says the same, with the lines of the ``.cfg``.

    Raises:
        InputError: no such file, no INI file, a key that is missing or wrong, or sparsity.
    """
    file = _read(path)
    name = file.text("general", "run_name")
    bandwidth = file.choice("run_presets", "InterfaceBandwidth", ("CALC", "USER"))
    short = file.choice(ARRAY, "Dataflow", tuple(DATAFLOWS))
    rows, cols = file.whole(ARRAY, "ArrayHeight"), file.whole(ARRAY, "ArrayWidth")
    if file.sections.get("sparsity", {}).get("sparsitysupport", "").lower() == "true":
        where = file.where("sparsity", "SparsitySupport")
        raise InputError(f"{where}: expected false, as a systolic machine runs dense, got true")
    array: dict[str, Any] = {"rows": rows, "cols": cols, "dataflow": DATAFLOWS[short]}
    if short == "os":
        array["accumulator_depth"] = None  # its sums stand still in the array
    stalls = "; stalls of its USER bandwidth are not taken over" if bandwidth == "USER" else ""
    description = (
        f"The array of SCALE-Sim's {path.name}, {rows} x {cols} {DATAFLOWS[short].replace('_', ' ')},"
        f" memory never waited for{stalls}."
    )
    read_from = {
        "name": ("general", "run_name"),
        "array": (ARRAY, ""),
        "array.rows": (ARRAY, "ArrayHeight"),
        "array.cols": (ARRAY, "ArrayWidth"),
        "array.dataflow": (ARRAY, "Dataflow"),
    }
    lines = {"": 1, **{field: file.lines[s, key.lower()] for field, (s, key) in read_from.items()}}
    data = {"extends": BASE, "name": name, "description": description, "array": array}
    return YamlDocument(path, data, lines)


@dataclass(frozen=True)
class _Cfg:
    """Sections with their keys, in lower case; and the line of each, a section's as the key ``""``."""

    path: Path
    sections: dict[str, dict[str, str]]
    lines: dict[tuple[str, str], int]

    def where(self, section: str, key: str) -> str:
        """``file:line: section.key`` of a key that is there."""
        return f"{self.path}:{self.lines[section, key.lower()]}: {section}.{key}"

    def text(self, section: str, key: str) -> str:
        """The value of a key that has to be there."""
        if section not in self.sections:
            hint = did_you_mean(section, self.sections)
            raise InputError(f"{self.path}: expected the section [{section}], got none{hint}")
        keys = self.sections[section]
        if key.lower() not in keys:
            hint = did_you_mean(key.lower(), keys)
            place = f"{self.path}:{self.lines[section, '']}: {section}"
            raise InputError(f"{place}: expected the key {key!r}, got none{hint}")
        return keys[key.lower()]

    def whole(self, section: str, key: str) -> int:
        """The whole number of a key; whether an array can be so large is the machine's to say."""
        text, where = self.text(section, key), self.where(section, key)
        number = plain_scalar(text, where) if text.isascii() and text.isdecimal() else None
        if not isinstance(number, int):
            raise InputError(f"{where}: expected a whole number, got {text!r}")
        return number

    def choice(self, section: str, key: str, known: tuple[str, ...]) -> str:
        """One of the known words; SCALE-Sim minds their case."""
        text = self.text(section, key)
        if text not in known:
            in_case = {word.lower(): word for word in known}.get(text.lower(), text)
            hint = did_you_mean(in_case, known)
            raise InputError(f"{self.where(section, key)}: expected a known value, got {text!r}{hint}")
        return text


def _read(path: Path) -> _Cfg:
    """The file, line by line: Python's configparser, which SCALE-Sim uses, does not tell lines."""
    require_file(path, "a configuration of SCALE-Sim (.cfg)")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: expected a text file, got: {error}") from error
    sections: dict[str, dict[str, str]] = {}
    lines: dict[tuple[str, str], int] = {}
    section = None
    for number, line in enumerate(text.splitlines(), 1):
        words, here = line.strip(), f"{path}:{number}"
        if not words or words[0] in "#;":
            continue
        key, value = "", ""
        if header := _SECTION.fullmatch(words):
            section = header[1]
            sections.setdefault(section, {})
        elif section is None:
            raise InputError(f"{here}: expected a section first, as [general], got {words!r}")
        elif pair := _KEY.fullmatch(words):
            key, value = pair[1].strip().lower(), pair[2].strip()
            sections[section][key] = value
        else:
            raise InputError(f"{here}: {section}: expected key: value, got {words!r}")
        if (section, key) in lines:
            what = f"key once, got {key!r}" if key else f"section once, got [{section}]"
            raise InputError(f"{here}: expected each {what} again")
        lines[section, key] = number
    return _Cfg(path, sections, lines)
