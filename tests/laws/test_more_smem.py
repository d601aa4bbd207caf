"""More SMEM never costs cycles where the mapping is searched (rule 16a)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from law_cases import SIMPLE, engine_of, machine_with, masked_layers, memories

from accel_sim import load_machine, simulate
from accel_sim.mapping import LayerMapping
from accel_sim.search.choose import choose_mapping
from accel_sim.search.search import price
from workloads import load_workload
from workloads.inputs import InputError
from workloads.workload import MaskedLayer

CAPACITIES = [step * 512 for step in (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 2048, 8192)]


def chosen(masked: MaskedLayer, machine) -> tuple[float, LayerMapping] | None:
    """What the objective makes of the layer, and its mapping; none where nothing fits."""
    layer = engine_of(masked, machine)
    try:
        mapping = choose_mapping(layer)
    except InputError:
        return None
    return price(layer, mapping, layer.cycles(mapping)), mapping


@pytest.mark.parametrize("name", SIMPLE)
@given(
    masked=masked_layers(),
    changes=memories(),
    sizes=st.lists(st.sampled_from(CAPACITIES), min_size=2, max_size=2),
)
def test_more_smem_never_costs(name, masked, changes, sizes):
    changes = tuple(change for change in changes if not change[0].startswith(("smem.banks", "smem.capacity")))
    small, large = (
        machine_with(name, (*changes, ("smem.banks", None), ("smem.capacity_bytes", size)))
        for size in sorted(sizes)
    )
    before, after = chosen(masked, small), chosen(masked, large)
    if before is None:
        return
    assert after is not None
    width = min(engine_of(masked, small).schedule.columns, masked.layer.n_dim)
    if before[1].columns < width <= after[1].columns:
        return  # the first whole tile may cost: tests/validation/test_deviations.py has a counterexample
    assert after[0] <= before[0]


def test_a_dense_core_gains_from_every_doubling_of_its_smem():
    """With the fewest chunks that fit, 1 MB took longer than 256 KB."""
    workload = load_workload("resnet18")
    cycles = [
        simulate(workload, load_machine("dense_tc", {"smem.capacity_bytes": size * 1024})).cycles
        for size in (64, 128, 256, 512, 1024, 4096)
    ]
    assert cycles == sorted(cycles, reverse=True)
