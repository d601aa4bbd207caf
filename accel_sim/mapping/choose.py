"""The mapping of each layer of a run: searched, or as a file spells it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from accel_sim.engine import LayerEngine
from accel_sim.machine import Machine
from accel_sim.mapping.choice import parse_choice
from accel_sim.mapping.given import given_mapping
from accel_sim.mapping.search import search_mapping
from accel_sim.mapping.tiles import Mapping, Tiling
from workloads.inputs import InputError, did_you_mean

AUTO = "auto"


def check_names(machine: Machine, names: Sequence[str]) -> None:
    """Hold a spelled-out ``mapping`` against the layers that a workload has.

    Raises:
        InputError: a layer without an entry, or an entry without a layer.
    """
    problem = misnamed(machine.mapping, names) if isinstance(machine.mapping, dict) else None
    if problem is not None:
        raise InputError(": ".join(problem))


def misnamed(spelled: Iterable[str], names: Sequence[str]) -> tuple[str, str] | None:
    """What is wrong with the layers that a mapping names: its dotted path, and a sentence."""
    given, known = list(spelled), set(names)
    for name in given:
        if name not in known:
            return (
                f"mapping.{name}",
                f"expected a layer of the workload, got {name!r}{did_you_mean(name, names)}",
            )
    for name in names:
        if name not in given:
            return "mapping", f"expected an entry for each layer ({AUTO!r} will do), got none for {name!r}"
    return None


def choose_mapping(layer: LayerEngine) -> Mapping:
    """The mapping of a layer, as the machine's ``mapping`` has it.

    Raises:
        InputError: no tile fits the SMEM, or what is spelled out makes no sense for the layer.
    """
    machine, item = layer.engine.machine, layer.item
    tiling = Tiling(item, layer.schedule, machine)
    spelled = machine.mapping.get(item.layer.name, AUTO) if isinstance(machine.mapping, dict) else AUTO
    if spelled == AUTO:
        return search_mapping(layer, tiling)
    try:
        choice = parse_choice(spelled)
    except InputError as error:
        raise InputError(f"{item.layer.name}: {error}") from None
    return given_mapping(choice, tiling)
