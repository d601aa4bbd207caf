"""The machines that ship, and what is no machine."""

import pytest
from refusals import refusal

from accel_sim import load_machine
from accel_sim.architectures import find_architecture
from accel_sim.compare.fairness import check_equal, resources
from accel_sim.loading.families import family_names
from accel_sim.machine.shipped import config_folder, config_names

MACHINES = config_names("machines")
RIVALS = family_names("edge_1024")


@pytest.mark.parametrize("name", MACHINES)
def test_a_shipped_machine_loads_under_its_own_name(name):
    machine = load_machine(name)
    assert machine.name == name
    assert machine.description.endswith(".")
    assert machine.energy_per_action_pj["mac"] > 0


def test_the_rivals_have_the_same_multipliers_memories_clock_and_energy():
    machines = [load_machine(name) for name in RIVALS]
    assert {resources(m)["multipliers"] for m in machines} == {1024}
    check_equal(machines)
    assert {"dense_tc", "nvidia_stc", "flexible_stc", "block_tc", "crisp_stc"} < set(RIVALS)
    assert {"csr_gather", "unstructured_gather", "dstc", "edge_systolic"} < set(RIVALS)


def test_the_array_that_is_loaded_shows_its_defaults():
    array = load_machine("dense_tc").array
    assert (array["weight_sparsity"], array["skip_blocks"]) == ([], [])
    assert find_architecture("structured_tensor_core").Array.model_validate(array).model_dump() == array


def test_an_energy_table_by_path_prices_the_machine(tmp_path):
    table = (config_folder("energy") / "sparseloop_45nm.yaml").read_text()
    (tmp_path / "cheap.yaml").write_text(table.replace("mac: 0.5608", "mac: 0.25"))
    machine = load_machine("crisp_stc", {"energy": str(tmp_path / "cheap.yaml")})
    assert machine.energy_per_action_pj["mac"] == 0.25


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("crisp", "machine: expected a known name or a .yaml file, got 'crisp'; did you mean 'crisp_stc'?"),
        ("nowhere.yaml", "nowhere.yaml: expected a YAML file, got no such file"),
        ("../machines/crisp_stc", "machine: expected a known name or a .yaml file"),
    ],
)
def test_a_machine_that_is_not_there_is_named(name, message):
    assert refusal(load_machine, name).startswith(message)
