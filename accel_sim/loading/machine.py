"""Machines and energy tables from YAML, by name or by path, with ``--set`` overrides."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from accel_sim.architectures import find_architecture
from accel_sim.dram.bandwidth import channel_of
from accel_sim.dram.device import Device, load_device
from accel_sim.loading.overrides import plain_overrides
from accel_sim.machine import BankedDram, Machine, SimpleDram
from accel_sim.machine.energy import ACTIONS, DEFAULTS, MOST_PJ, EnergyTable
from accel_sim.machine.shipped import beside, config_names, find_config
from workloads.inputs import InputError, as_path, did_you_mean
from workloads.inputs.schema import validate
from workloads.inputs.strict_yaml import YamlDocument, load_yaml
from workloads.inputs.values import shown

_DRAMS: dict[Any, type[BaseModel]] = {"simple": SimpleDram, "banked": BankedDram}  # by dram.model


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
        name_or_path: a shipped name, a YAML file, or a ``.cfg`` of SCALE-Sim
            (:mod:`accel_sim.loading.scalesim_cfg`).
        overrides: dotted path -> value, ``{"smem.bandwidth_bytes_per_cycle": 64}``; as ``--set``. Numbers
            may be numpy's. Another ``dram.model`` starts the section anew.
        origin: where the overrides come from, for errors.

    Raises:
        InputError: anything unknown, of the wrong type or impossible, with file, line and path.
        TypeError: a name that is neither text nor a path, or overrides of other kinds.
    """
    return build_machine(machine_document(name_or_path), plain_overrides(overrides), lambda _: origin)


def as_machine(machine: Machine | str | os.PathLike[str]) -> Machine:
    """A machine as it is, or by its name or path.

    Raises:
        InputError: as :func:`load_machine`.
        TypeError: it is neither.
    """
    if not isinstance(machine, Machine | str | os.PathLike):
        raise TypeError(f"machine: expected a Machine, or a machine's name or path, got {shown(machine)}")
    return machine if isinstance(machine, Machine) else load_machine(machine)


def machine_document(name_or_path: str | os.PathLike[str]) -> YamlDocument:
    """What a machine's file says, whichever of the two kinds it is.

    Raises:
        InputError: no such name or file, or one that cannot be read.
    """
    if not str(name_or_path).endswith(".cfg"):
        return load_yaml(find_config("machines", name_or_path))
    from accel_sim.loading.scalesim_cfg import machine_document as from_cfg

    return from_cfg(as_path(name_or_path, "machine"), load_yaml(find_config("machines", "scalesim")))


def build_machine(
    document: YamlDocument,
    overrides: Mapping[str, Any],
    origin: Callable[[str], str],
    overridden_in: Path | None = None,
    read_energy: Callable[[str], EnergyTable] | None = None,
    read_device: Callable[[str], Device] | None = None,
) -> Machine:
    """The machine of a file that has been read, as :func:`load_machine`.

    Args:
        origin: where the override of a field comes from (of ``""``: all of them), for errors.
        overridden_in: the file that overrides, from whose folder paths in overrides start; if not given,
            from where the process stands. Paths in ``document`` start from its own folder.
        read_energy, read_device: what reads tables and devices, if many machines share them.

    Raises:
        InputError: as :func:`load_machine`; ``path`` says which field. What is wrong without any override
            is said of the file, what is wrong with them of their origin.
    """
    try:
        return _Builder(document, overrides, origin, overridden_in).build(
            read_energy or load_energy, read_device or load_device
        )
    except InputError:
        if overrides:
            build_machine(document, {}, origin)
        raise


@dataclass(frozen=True)
class _Builder:
    document: YamlDocument
    overrides: Mapping[str, Any]
    origin: Callable[[str], str]
    overridden_in: Path | None

    def build(
        self, read_energy: Callable[[str], EnergyTable], read_device: Callable[[str], Device]
    ) -> Machine:
        data = apply_overrides(self.document, self.overrides, self.origin)
        try:
            machine = validate(Machine, data, self.where)
        except InputError as error:
            raise InputError(f"{error}{_dram_help(error.path, self.overrides, data)}", error.path) from None
        with self._placed("architecture"):
            architecture = find_architecture(machine.architecture)
        # Default values of the array are filled in, so that what runs is what is shown.
        array = validate(architecture.Array, machine.array, self.where, "array")
        with self._placed("energy"):
            table = read_energy(self._resolved(machine.energy, "energy"))
        machine = machine.with_parts(
            array.model_dump(), table.of_words(machine.word_bytes), self.document.path.stem
        )
        if isinstance(machine.dram, BankedDram):
            with self._placed("dram.device"):
                device = read_device(self._resolved(machine.dram.device, "dram.device", "dram"))
            machine = machine.model_copy(update={"dram": machine.dram.with_device(device)})
            self._require_port(machine, device)
        return machine

    def where(self, path: str) -> str:
        """The place of a field: in the file, or where overrides come from if there are any.

        Of several that is the one of the field, or one inside it: fields that contradict each other.
        """
        if not self.overrides:
            return self.document.where(path)
        over = [field for field in self.overrides if path == field or path.startswith(f"{field}.")]
        inside = [field for field in self.overrides if path and field.startswith(f"{path}.")]
        return self.origin((over or inside or [""])[0])

    def _resolved(self, name: str, *fields: str) -> str:
        overridden = any(field in self.overrides for field in fields)
        file = self.overridden_in if overridden else self.document.path
        return beside(file, name) if file else name

    @contextmanager
    def _placed(self, path: str) -> Iterator[None]:
        try:
            yield
        except InputError as error:
            raise InputError(f"{self.where(path)}: {error}", path) from None

    def _require_port(self, machine: Machine, device: Device) -> None:
        """SMEM's port has to keep up with a banked DRAM (rule 28)."""
        peak = channel_of(machine).bytes_per_cycle
        if peak > machine.smem.bandwidth_bytes_per_cycle:
            field = "smem.bandwidth_bytes_per_cycle"
            raise InputError(
                f"{self.where(field)}: {field}: expected at least the peak of {device.name},"
                f" {float(peak):g} a cycle, got {machine.smem.bandwidth_bytes_per_cycle}",
                "smem",  # of the section: the device may as well be the one that is wrong
            )


def _dram_help(path: str, overrides: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """What to set beside the overrides of ``dram``, where these mix two models; empty if that is no help."""
    if path in overrides and path.startswith("dram."):
        for name in _DRAMS.keys() - {data["dram"].get("model", "simple")}:
            if path.removeprefix("dram.") in _DRAMS[name].model_fields:
                return f"; {path} is of dram.model={name}, which has to be set beside it"
    if path.partition(".")[0] == "dram" and "dram.model" in overrides:
        chosen = overrides["dram.model"]
        fields = [f"dram.{name}" for name in _DRAMS[chosen].model_fields if name != "model"]
        names = f" (one of {', '.join(config_names('dram'))})" if "dram.device" in fields else ""
        return f"; dram.model={chosen} takes {', '.join(fields)}{names} beside it"
    return ""


def apply_overrides(
    document: YamlDocument, overrides: Mapping[str, Any], origin: Callable[[str], str]
) -> dict[str, Any]:
    """A copy of the document's data with values put at dotted paths, outer ones and models first.

    A DRAM of another model than before starts empty: fields of the one are none of the other.

    Raises:
        InputError: a path leads through something that is no section.
    """
    data = _copy(document.data)
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
    if model not in list(_DRAMS):
        got = f"{model!r}{did_you_mean(str(model), _DRAMS)}"
        raise InputError(f"{origin}: dram.model: expected a known value, got {got}", "dram.model")
    if section.get("model", "simple") != model:
        section.clear()


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value


def load_energy(name_or_path: str | os.PathLike[str]) -> EnergyTable:
    """An energy table that prices every action which has no price of its own.

    Raises:
        InputError: a missing, unknown or negative action, or anything else wrong with the file.
    """
    document = load_yaml(find_config("energy", name_or_path))
    table = validate(EnergyTable, document.data, document.where)
    for action in ACTIONS:
        if action not in table.pj and action not in DEFAULTS:
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
