"""Energy is counts times energy per action, summed in the order of declaration, to the last bit."""

from dataclasses import replace

import pytest
from law_cases import LAYERS, MACHINES, PATTERNS, machine_with, mask_layer

from accel_sim import simulate
from accel_sim.counters import COMPONENTS, COUNTERS
from accel_sim.loading.energy import load_energy
from workloads import Workload
from workloads.activations import Uniform


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_energy_is_recomputed_from_the_table_in_plain_python_to_the_last_bit(machine, pattern):
    """Rule 37."""
    layers = (replace(mask_layer(layer, pattern), activations=Uniform(0.6)) for layer in LAYERS)
    workload = Workload("w", tuple(layers), "test")
    found = simulate(workload, machine_with(machine))
    price, width = dict(load_energy(machine_with(machine).energy).pj), machine_with(machine).word_bytes
    for action, times in {
        "mac": width**2,
        "mac_gated": width**2,
        "lrf_read": width,
        "lrf_write": width,
    }.items():
        price[action] *= times  # rule 37a: the table is of words of a byte
    for counter in COUNTERS:
        if counter.price and counter.action not in price:
            wider = width / counter.price.word_bytes
            price[counter.action] = counter.price.pj * wider**counter.of_width
    for row in found.layers.to_dict("records"):
        whole = 0.0
        for component in COMPONENTS:
            part = 0.0
            for counter in COUNTERS:
                if counter.component == component:
                    part += int(row[counter.name]) * price[counter.action]
            assert row[f"energy_{component}_pj"] == part
            whole += part
        assert row["energy_pj"] == whole > 0
