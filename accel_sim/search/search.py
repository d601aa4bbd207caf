"""The best of all mappings by the price of an objective: tried from the lowest bound up (rule 16a)."""

from __future__ import annotations

import math

from accel_sim.counters import at, derive
from accel_sim.engine import LayerEngine
from accel_sim.machine.energy import energy_pj
from accel_sim.mapping.given import SMALLEST, does_not_fit
from accel_sim.mapping.tiling import LayerMapping, Tiling
from accel_sim.search.bound import least_cycles
from accel_sim.search.space import mappings


def search_mapping(layer: LayerEngine, tiling: Tiling) -> LayerMapping:
    """The mapping with the least cycles, energy or energy-delay product, as the machine's objective says.

    Of equals the one that reads the fewest bytes, then the first of the space.

    Raises:
        InputError: no tile fits the SMEM.
    """
    space = list(mappings(tiling))
    if not space:
        raise does_not_fit(SMALLEST, tiling)
    if len(space) == 1:
        return space[0]
    bounds = sorted(
        (price(layer, mapping, least_cycles(layer, mapping)), mapping.read_bytes, i)
        for i, mapping in enumerate(space)
    )
    best = math.inf, 0, 0
    for bound in bounds:
        if bound > best:
            break  # none that follows can be better: they are sorted
        _, read_bytes, i = bound
        best = min(best, (price(layer, space[i], layer.cycles(space[i])), read_bytes, i))
    return space[best[2]]


def price(layer: LayerEngine, mapping: LayerMapping, cycles: int) -> float:
    """What the machine's objective makes of a mapping whose layer takes so many cycles."""
    machine = layer.engine.machine
    if machine.objective == "cycles":
        return cycles
    counts = layer.count(mapping)
    counts[at.cycles] = cycles
    energy = sum(energy_pj(derive(counts), machine.energy_per_action_pj).values())
    return energy if machine.objective == "energy" else energy * cycles
