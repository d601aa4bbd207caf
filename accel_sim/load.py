"""Machines and energy tables from YAML, by name or by path, with ``--set`` overrides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from accel_sim.architectures import find_architecture
from accel_sim.channel import channel_of
from accel_sim.config_files import config_names, find_config
from accel_sim.dram.device import load_device
from accel_sim.energy import ACTIONS, MOST_PJ, EnergyTable
from accel_sim.machine import BankedDram, Machine
from workloads.inputs import InputError, did_you_mean
from workloads.inputs.schema import validate
from workloads.inputs.strict_yaml import YamlDocument, load_yaml


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
    name_or_path: str | Path, overrides: Mapping[str, Any] | None = None, origin: str = "--set"
) -> Machine:
    """A machine, checked as a whole: its architecture's array, its energy table, its numbers.

    Args:
        name_or_path: a shipped name, a YAML file, or a ``.cfg`` of SCALE-Sim (:mod:`accel_sim.scalesim_cfg`).
        overrides: dotted path -> value, ``{"smem.bandwidth_bytes_per_cycle": 256}``; as ``--set``.
        origin: where the overrides come from, for errors.

    Raises:
        InputError: anything unknown, of the wrong type or impossible, with file, line and path.
    """
    document = _machine_document(name_or_path)
    data = apply_overrides(document, overrides or {}, origin)
    changed = set(overrides or {})

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
    machine = machine.with_parts(array.model_dump(), table.pj)
    return _with_device(machine, where) if isinstance(machine.dram, BankedDram) else machine


def _machine_document(name_or_path: str | Path) -> YamlDocument:
    """What a machine's file says, whichever of the two kinds it is."""
    if not str(name_or_path).endswith(".cfg"):
        return load_yaml(find_config("machines", name_or_path))
    from accel_sim.scalesim_cfg import machine_document

    return machine_document(Path(name_or_path), load_yaml(find_config("machines", "scalesim")))


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


def load_energy(name_or_path: str | Path) -> EnergyTable:
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
        if value > MOST_PJ:
            raise InputError(f"{here}: pj.{action}: expected at most {MOST_PJ:g}, got {value:g}")
    return table
