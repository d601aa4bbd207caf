"""The mapping of a layer in a run: searched, or parsed as the machine's ``mapping`` spells it."""

from __future__ import annotations

from accel_sim.engine import LayerEngine
from accel_sim.mapping.choice import parse_choice
from accel_sim.mapping.given import given_mapping
from accel_sim.mapping.names import AUTO
from accel_sim.mapping.tiling import LayerMapping, Tiling
from accel_sim.search.search import search_mapping
from workloads.inputs import InputError


def choose_mapping(layer: LayerEngine) -> LayerMapping:
    """The mapping of a layer, as the machine's ``mapping`` has it.

    Raises:
        InputError: no tile fits the SMEM, or what is spelled out makes no sense for the layer.
    """
    machine, masked = layer.engine.machine, layer.masked
    tiling = Tiling(masked, layer.schedule, machine)
    spelled = machine.mapping.get(masked.layer.name, AUTO) if isinstance(machine.mapping, dict) else AUTO
    if spelled == AUTO:
        return search_mapping(layer, tiling)
    try:
        choice = parse_choice(spelled)
    except InputError as error:
        raise InputError(f"{masked.layer.name}: {error}") from None
    return given_mapping(choice, tiling)
