"""Shipped machines with some fields changed, hundreds of them: no file is read twice.

Which field of an array says how many output pixels a tile has is the architecture's, which marks it; here
it is ``array.columns`` for all, so that tests can make every machine's tiles small.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from accel_sim.architectures import find_architecture
from accel_sim.architectures.contract import Widens
from accel_sim.loading.energy import load_energy
from accel_sim.loading.machine import load_machine
from accel_sim.machine import Machine
from accel_sim.machine.energy import EnergyTable
from accel_sim.machine.shipped import config_names

COLUMNS = "array.columns"


@cache
def shipped(name: str) -> Machine:
    """The machine as it ships."""
    return load_machine(name)


@cache
def energy_of(name: str) -> EnergyTable:
    """A table of energies."""
    return load_energy(name)


def first_of_each(kind: Callable[[Machine], object]) -> list[str]:
    """Of each kind of machine that ships the first by name, those of a family before others."""
    found: dict[object, str] = {}
    for name in sorted(config_names("machines"), key=lambda name: (shipped(name).family is None, name)):
        found.setdefault(kind(shipped(name)), name)
    return list(found.values())


def tile_field(machine: str) -> str:
    """The field that says how many output pixels a tile of a shipped machine has."""
    fields = find_architecture(shipped(machine).architecture).Array.model_fields
    marked = [name for name, f in fields.items() if any(isinstance(m, Widens) for m in f.metadata)]
    return f"array.{marked[0]}"


def renamed(machine: str, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Overrides whose ``array.columns`` is the field that the machine's architecture has for it."""
    return {tile_field(machine) if name == COLUMNS else name: value for name, value in overrides.items()}


def changed(name: str, overrides: Mapping[str, Any]) -> Machine:
    """What ``load_machine(name, renamed(name, overrides))`` gives, without reading YAML again."""
    plain = shipped(name)
    data = plain.model_dump()
    for path, value in renamed(name, overrides).items():
        *sections, last = path.split(".")
        place = data
        for section in sections:
            place = place[section]
        place[last] = value
    machine = Machine.model_validate(data)
    array = find_architecture(machine.architecture).Array.model_validate(machine.array)
    prices = energy_of(machine.energy).of_words(machine.word_bytes)
    machine = machine.with_parts(array.model_dump(), prices, name)
    if plain.dram.loaded is not None:
        machine = machine.model_copy(update={"dram": machine.dram.with_device(plain.dram.loaded)})
    return machine
