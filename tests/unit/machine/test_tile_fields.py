"""Machines that other tests change in memory are those that the loader gives."""

import pytest
from tile_fields import changed, renamed, shipped

from accel_sim import load_machine
from accel_sim.machine.shipped import config_names


@pytest.mark.parametrize("name", config_names("machines"))
def test_a_machine_changed_in_memory_is_the_one_that_is_loaded(name):
    overrides = {"array.columns": 7, "smem.banks": None, "smem.bandwidth_bytes_per_cycle": 1000}
    found, loaded = changed(name, overrides), load_machine(name, renamed(name, overrides))
    assert found == loaded != shipped(name)
    assert found.energy_per_action_pj == loaded.energy_per_action_pj
    if found.dram.model == "banked":
        assert found.dram.loaded == loaded.dram.loaded
    assert shipped(name) == load_machine(name)  # which the change left alone


def test_a_field_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="Extra inputs"):
        changed("crisp_stc", {"array.colums": 7})
