"""Machines and energy tables from YAML, by name or by path, with ``--set`` overrides."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from accel_sim.architectures import find_architecture
from accel_sim.channel import channel_of
from accel_sim.config_files import config_names, find_config
from accel_sim.dram.device import load_device
from accel_sim.energy import ACTIONS, EnergyTable
from accel_sim.machine import BankedDram, Machine
from workloads.inputs import InputError, as_path, did_you_mean
from workloads.inputs.schema import validate
from workloads.inputs.strict_yaml import YamlDocument, load_yaml
from workloads.inputs.values import shown


def family_names(family: str) -> list[str]:
    """Names of the shipped machines of a family.

    Raises:
        InputError: no machine belongs to it; the message lists the families there are.
    """
    families = {name: load_machine(name).family for name in config_names("machines")}
    if family not in families.values():
        known = sorted({known for known in families.values() if known})
        raise InputError(f"family: expected a known one, got {family!r}{did_you_mean(family, known)}")
    return [name for name, its in families.items() if its == family]


def load_machine(
    name_or_path: str | os.PathLike[str],
    overrides: Mapping[str, Any] | None = None,
    origin: str = "overrides",
) -> Machine:
    """A machine, checked as a whole: its architecture's array, its energy table, its numbers.

    Args:
        name_or_path: a shipped name, a YAML file, or a ``.cfg`` of SCALE-Sim (:mod:`accel_sim.scalesim_cfg`).
        overrides: dotted path -> value, ``{"smem.bandwidth_bytes_per_cycle": 256}``; as ``--set``. Numbers
            may be numpy's.
        origin: where the overrides come from, for errors.

    Raises:
        InputError: anything unknown, of the wrong type or impossible, with file, line and path.
        TypeError: a name that is neither text nor a path, or overrides of other kinds.
    """
    overrides = plain_overrides(overrides)
    document = _machine_document(name_or_path)
    data = apply_overrides(document, overrides, origin)
    changed = set(overrides)

    def where(path: str) -> str:
        if any(path == p or path.startswith(f"{p}.") for p in changed):
            return origin
        place = document.where(path)
        # A section whose fields contradict each other: the change inside it may be why.
        return f"{origin}: {place}" if path and any(p.startswith(f"{path}.") for p in changed) else place

    machine = validate(Machine, data, where)
    try:
        architecture = find_architecture(machine.architecture)
    except InputError as error:
        raise InputError(f"{where('architecture')}: {error}") from None
    # Default values of the array are filled in, so that what runs is what is shown.
    array = validate(architecture.Array, machine.array, where, "array")
    try:
        table = load_energy(machine.energy)
    except InputError as error:
        raise InputError(f"{where('energy')}: {error}") from None
    machine = machine.with_parts(array.model_dump(), table.pj, document.path.stem)
    return _with_device(machine, where) if isinstance(machine.dram, BankedDram) else machine


def as_machine(machine: Machine | str | os.PathLike[str]) -> Machine:
    """A machine as it is, or by its name or path.

    Raises:
        InputError: as :func:`load_machine`.
        TypeError: it is neither.
    """
    if not isinstance(machine, Machine | str | os.PathLike):
        raise TypeError(f"machine: expected a Machine, or a machine's name or path, got {shown(machine)}")
    return machine if isinstance(machine, Machine) else load_machine(machine)


def _machine_document(name_or_path: str | os.PathLike[str]) -> YamlDocument:
    """What a machine's file says, whichever of the two kinds it is."""
    if not str(name_or_path).endswith(".cfg"):
        return load_yaml(find_config("machines", name_or_path))
    from accel_sim.scalesim_cfg import machine_document

    return machine_document(as_path(name_or_path, "machine"), load_yaml(find_config("machines", "scalesim")))


def _with_device(machine: Machine, where: Callable[[str], str]) -> Machine:
    """The machine with its banked DRAM loaded, which SMEM's port has to keep up with (rule 28)."""
    assert isinstance(machine.dram, BankedDram)
    try:
        device = load_device(machine.dram.device)
    except InputError as error:
        raise InputError(f"{where('dram.device')}: {error}") from None
    machine = machine.model_copy(update={"dram": machine.dram.with_device(device)})
    peak = channel_of(machine).bytes_per_cycle
    if peak > machine.smem.bandwidth_bytes_per_cycle:
        field = "smem.bandwidth_bytes_per_cycle"
        raise InputError(
            f"{where(field)}: {field}: expected at least the peak of {device.name},"
            f" {float(peak):g} a cycle, got {machine.smem.bandwidth_bytes_per_cycle}"
        )
    return machine


def plain_overrides(overrides: Mapping[str, Any] | None) -> dict[str, Any]:
    """Overrides as a file could say them: numpy's numbers and arrays become Python's.

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


def apply_overrides(document: YamlDocument, overrides: Mapping[str, Any], origin: str) -> dict[str, Any]:
    """A copy of the document's data with values put at dotted paths.

    Raises:
        InputError: a path leads through something that is no section.
    """
    data = _copy(document.data)
    for path, value in overrides.items():
        place = data
        *sections, last = path.split(".")
        for section in sections:
            if not isinstance(place.get(section), dict):
                known = [key for key, inner in place.items() if isinstance(inner, dict)]
                raise InputError(
                    f"{origin}: {path}: expected a section, got {section!r}{did_you_mean(section, known)}"
                )
            place = place[section]
        place[last] = value
    return data


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value


def load_energy(name_or_path: str | os.PathLike[str]) -> EnergyTable:
    """An energy table that prices every action there is.

    Raises:
        InputError: a missing, unknown or negative action, or anything else wrong with the file.
    """
    document = load_yaml(find_config("energy", name_or_path))
    table = validate(EnergyTable, document.data, document.where)
    for action in ACTIONS:
        if action not in table.pj:
            raise InputError(f"{document.where('pj')}: pj: expected the action {action!r}, got none")
    for action, value in table.pj.items():
        here = document.where(f"pj.{action}")
        if action not in ACTIONS:
            raise InputError(
                f"{here}: pj: expected known actions, got {action!r}{did_you_mean(action, ACTIONS)}"
            )
        if not value >= 0:
            raise InputError(f"{here}: pj.{action}: expected 0 or more, got {value}")
    return table
