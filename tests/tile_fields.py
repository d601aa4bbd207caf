"""Shipped machines with some fields changed, hundreds of them: no file is read twice.

Which field of an array says how many output pixels a tile has is the architecture's; here it is
``array.columns`` for all, so that tests can make every machine's tiles small.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from accel_sim.architectures import find_architecture
from accel_sim.loading.energy import load_energy
from accel_sim.loading.machine import load_machine
from accel_sim.machine import Machine
from accel_sim.machine.energy import EnergyTable

COLUMNS = "array.columns"
TILE_FIELDS = {
    "structured_tensor_core": COLUMNS,
    "gather": COLUMNS,
    "systolic": "array.accumulator_depth",
    "outer_product": "array.tile_columns",
}


@cache
def shipped(name: str) -> Machine:
    """The machine as it ships."""
    return load_machine(name)


@cache
def energy_of(name: str) -> EnergyTable:
    """A table of energies."""
    return load_energy(name)


def renamed(machine: str, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Overrides whose ``array.columns`` is the field that the machine's architecture has for it."""
    field = TILE_FIELDS[shipped(machine).architecture]
    return {field if name == COLUMNS else name: value for name, value in overrides.items()}


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
