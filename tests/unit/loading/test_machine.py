"""Machine files: those that ship are equal where they must be, and a wrong one is one line with its place."""

import pytest
from refusals import refusal, refusal_of_text, with_one_wrong
from whole_machine import whole_text

from accel_sim import load_machine
from accel_sim.architectures import find_architecture
from accel_sim.compare.fairness import check_equal, resources
from accel_sim.loading.families import family_names
from accel_sim.machine.shipped import config_folder, config_names
from workloads.inputs import InputError

MACHINES = config_names("machines")
RIVALS = family_names("edge_1024")
CRISP = whole_text("crisp_stc")


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


def test_an_override_changes_its_field_and_nothing_else():
    plain = load_machine("crisp_stc").model_dump()
    changed = load_machine("crisp_stc", {"smem.bandwidth_bytes_per_cycle": 64, "array.rows": 8}).model_dump()
    assert changed["smem"]["bandwidth_bytes_per_cycle"] == 64
    assert changed["array"]["rows"] == 8
    changed["smem"]["bandwidth_bytes_per_cycle"], changed["array"]["rows"] = 128, 16
    assert changed == plain


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "cores: 4",
            "corse: 4",
            "m.yaml:10: array: expected a known key, got 'corse'; did you mean 'cores'?",
        ),
        ("cores: 4", "cores: four", "m.yaml:10: array.cores: expected a whole number, got 'four' (text)"),
        ("cores: 4", "cores: 4.5", "m.yaml:10: array.cores: expected a whole number, got 4.5"),
        ("cores: 4", "cores: -4", "m.yaml:10: array.cores: expected a number of at least 1, got -4"),
        ("cores: 4", "cores: 0", "m.yaml:10: array.cores: expected a number of at least 1, got 0"),
        (
            "cores: 4",
            "cores: 4000000000000",
            "m.yaml:10: array.cores: expected a number of at most 65536, got",
        ),
        ("cores: 4", "cores: 4\n  cores: 8", "m.yaml:11: array: expected each key once, got 'cores' again"),
        ("  cores: 4", "  # none", "m.yaml:9: array: expected the key 'cores', got none"),
        (
            "{n_keep: 1, m_group: 4}",
            "1:4",
            "m.yaml:17: array.weight_sparsity.0: expected keys and values, got",
        ),
        ("{n_keep: 1, m_group: 4}", "1:4", "write n_keep: 1, m_group: 4"),
        (
            "{n_keep: 1, m_group: 4}",
            "{n_keep: 4, m_group: 4}",
            "m.yaml:17: array.weight_sparsity.0: expected n_keep < m_group, got 4:4",
        ),
        (
            "{n_keep: 1, m_group: 4}",
            "{n_keep: 1, mgroup: 4}",
            "m.yaml:17: array.weight_sparsity.0: expected a known key, got 'mgroup'; did you mean 'm_group'?",
        ),
        (
            "mux_inputs: 4",
            "mux_inputs: 2",
            "m.yaml:9: array: expected mux_inputs >= m_group, got 2 inputs for 1:4",
        ),
        (
            "row_bytes: 4",
            "row_bytes: 5",
            "m.yaml:26: smem: expected banks that divide capacity_bytes=262144, got 32 banks with rows of 5"
            " bytes, 160 in all",
        ),
        (
            "  bandwidth_bytes_per_cycle: 128",
            "  bandwidth_bytes_per_cycle: 129",
            "m.yaml:26: smem: expected bandwidth_bytes_per_cycle of at most what the banks bring, 32 rows of"
            " 4 bytes, 128 in all, got 129",
        ),
        (
            "  bandwidth_bytes_per_cycle: 32\n",
            "  bandwidth_bytes_per_cycle: 0\n",
            "m.yaml:36: dram.bandwidth_bytes_per_cycle: expected a number greater than 0, got 0",
        ),
        (
            "  bandwidth_bytes_per_cycle: 128",
            "  bandwidth_bytes_per_cycle: 0",
            "m.yaml:28: smem.bandwidth_bytes_per_cycle: expected a number greater than 0, got 0",
        ),
        (
            "model: simple",
            "model: bank",
            "m.yaml:34: dram: expected a known value, got 'bank'; did you mean 'banked'?",
        ),
        (
            "model: simple",
            "model: banked",
            "m.yaml:36: dram: expected a known key, got 'bandwidth_bytes_per_cycle'",
        ),
        ("energy: sp", "mapping: auot\nenergy: sp", "m.yaml:40: mapping: expected"),
        (
            "energy: sp",
            "objective: speed\nenergy: sp",
            "m.yaml:40: objective: expected a known value, got 'speed'",
        ),
        (
            "energy: sp",
            "fill_drain: none\nenergy: sp",
            "m.yaml:40: fill_drain: expected a known value, got 'none'",
        ),
        ("lanes: 16", "lanes: 2", "m.yaml:9: array: expected lanes >= n_keep, got 2 lanes for 3:4"),
        (
            "[16, 32, 64]",
            "[16, 30]",
            "m.yaml:9: array: expected skip_blocks to be multiples of m_group=4, got 30",
        ),
        ("[16, 32, 64]", "[0]", "m.yaml:20: array.skip_blocks.0: expected a number of at least 1, got 0"),
        (
            "  bandwidth_bytes_per_cycle: 128",
            "  bandwidth_bytes_per_cycle: .nan",
            "smem.bandwidth_bytes_per_cycle",
        ),
        (
            "  bandwidth_bytes_per_cycle: 128",
            "  bandwidth_bytes_per_cycle: .inf",
            "m.yaml:28: smem.bandwidth_bytes_per_cycle: expected a whole number, got inf",
        ),
        (
            "capacity_bytes: 262144",
            "capacity_bytes: 9999999999999999999999",
            "m.yaml:27: smem.capacity_bytes: expected",
        ),
        (
            "word_bytes: 1",
            "word_bytes: 1000000000000",
            "m.yaml:7: word_bytes: expected a number of at most 64",
        ),
        ("buffers: 2", "buffers: 3", "m.yaml:24: rf.buffers: expected a number of at most 2, got 3"),
        ("clock_hz: 1000000000.0", "clock_hz: .inf", "m.yaml:6: clock_hz: expected a finite number, got inf"),
        ("clock_hz: 1000000000.0", "clock_hz: .nan", "m.yaml:6: clock_hz: expected a finite number, got nan"),
        (
            "clock_hz: 1000000000.0",
            "clock_hz: 1 GHz",
            "m.yaml:6: clock_hz: expected a number, got '1 GHz' (text)",
        ),
        (
            "clock_hz: 1000000000.0",
            "clock_hz: -1",
            "m.yaml:6: clock_hz: expected a number of at least 1e+06, got -1",
        ),
        (
            "architecture: structured_tensor_core",
            "architecture: structured_tensor",
            "m.yaml:3: architecture: expected a known name, got 'structured_tensor'; did you mean",
        ),
        (
            "energy: sparseloop_45nm",
            "energy: 45nm",
            "m.yaml:40: energy: expected a known name or a .yaml file",
        ),
        ("energy: sparseloop_45nm", "energy: 5", "m.yaml:40: energy: expected text, got 5"),
        (
            "latency_cycles: 100",
            "latency: 100",
            "m.yaml:37: dram: expected a known key, got 'latency'; did you mean",
        ),
    ],
)
def test_a_wrong_file_names_line_and_dotted_path(tmp_path, old, new, message):
    assert message in refusal_of_text(load_machine, tmp_path / "m.yaml", with_one_wrong(CRISP, old, new))


def test_the_array_of_another_architecture_is_checked_by_that_architecture(tmp_path):
    text = with_one_wrong(whole_text("unstructured_gather"), "pe_rows: 64", "rows: 64")
    found = refusal_of_text(load_machine, tmp_path / "m.yaml", text)
    assert found.startswith("m.yaml:10: array: expected a known key, got 'rows'")
    assert "pe_rows" in found


@pytest.mark.parametrize(
    ("machine", "old", "new", "message"),
    [
        (
            "unstructured_gather",
            "  depth: 32\n",
            "  # none\n",
            "m.yaml:9: array: expected a depth with activations: skip, got none",
        ),
        (
            "unstructured_gather",
            "activations: skip",
            "activations: dense",
            "m.yaml:9: array: expected pe_columns only with activations: skip, got pe_columns: 4",
        ),
        (
            "csr_gather",
            "lanes: 16",
            "depth: 64\n  lanes: 16",
            "m.yaml:9: array: expected depth only with activations: skip, got depth: 64",
        ),
        (
            "csr_gather",
            "lanes: 16",
            "operand_banks: 2\n  lanes: 16",
            "m.yaml:9: array: expected operand_banks only with activations: skip, got operand_banks: 2",
        ),
        (
            "csr_gather",
            "distribution: row_sorted",
            "distribution: sorted",
            "m.yaml:13: array.distribution: expected a known value, got 'sorted'; did you mean 'row_sorted'?",
        ),
        (
            "csr_gather",
            "lanes: 16",
            "activations: gate\n  lanes: 16",
            "m.yaml:11: array.activations: expected a known value, got 'gate'",
        ),
        (
            "edge_systolic",
            "dataflow: weight_stationary",
            "dataflow: output_stationary",
            "m.yaml:9: array: expected no accumulator_depth with dataflow: output_stationary, got 256",
        ),
        (
            "edge_systolic",
            "  accumulator_depth: 256\n",
            "  # none\n",
            "m.yaml:9: array: expected an accumulator_depth with dataflow: weight_stationary, got",
        ),
        (
            "edge_systolic",
            "dataflow: weight_stationary",
            "dataflow: row_stationary",
            "m.yaml:12: array.dataflow: expected a known value, got 'row_stationary'",
        ),
        (
            "edge_systolic",
            "double_buffered: true",
            "double_buffered: 2",
            "m.yaml:14: array.double_buffered: expected",
        ),
        (
            "dstc",
            "merges_per_cycle: 464",
            "merges_per_cycle: 0",
            "m.yaml:17: array.merges_per_cycle: expected a number of at least 1, got 0",
        ),
        (
            "sparseloop_stc_dual_compress",
            "activations: compress",
            "activations: skip",
            "m.yaml:18: array.activations: expected a known value, got 'skip'",
        ),
    ],
)
def test_what_an_array_cannot_be_is_one_line(tmp_path, machine, old, new, message):
    text = with_one_wrong(whole_text(machine), old, new)
    assert message in refusal_of_text(load_machine, tmp_path / "m.yaml", text)


def test_an_energy_table_by_path_prices_the_machine(tmp_path):
    table = (config_folder("energy") / "sparseloop_45nm.yaml").read_text()
    (tmp_path / "cheap.yaml").write_text(table.replace("mac: 0.5608", "mac: 0.25"))
    machine = load_machine("crisp_stc", {"energy": str(tmp_path / "cheap.yaml")})
    assert machine.energy_per_action_pj["mac"] == 0.25


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"smem.bandwidth": 1}, "overrides: smem: expected a known key, got 'bandwidth'; did you mean"),
        (
            {"smem.bandwidth_bytes_per_cycle": -1},
            "overrides: smem.bandwidth_bytes_per_cycle: expected a number greater",
        ),
        ({"array.rows": "x"}, "overrides: array.rows: expected a whole number, got 'x' (text)"),
        ({"array.rows.x": 1}, "overrides: array.rows.x: expected a section, got 'rows'"),
        ({"smen.x": 1}, "overrides: smen.x: expected a section, got 'smen'; did you mean 'smem'?"),
        ({"smem": 1}, "overrides: smem: expected keys and values, got 1"),
        (
            {"architecture": "gathr"},
            "overrides: architecture: expected a known name, got 'gathr'; did you mean",
        ),
        ({"energy": "x"}, "overrides: energy: expected a known name or a .yaml file, got 'x'"),
        ({"array.lanes": 2}, "overrides: array: expected lanes >= n_keep, got 2 lanes for 3:4"),
        (
            {"dram.model": "banked"},
            "overrides: dram: expected the key 'device', got none; dram.model=banked takes",
        ),
        ({"dram.model": "bankd"}, "overrides: dram.model: expected a known value, got 'bankd'; did you mean"),
        (
            {"dram.model": ["x"]},
            "overrides: dram.model: expected a known value, got ['x'] (there are: banked",
        ),
        (
            {"dram.device": "hbm2"},
            "overrides: dram: expected a known key, got 'device' (there are: bandwidth",
        ),
        ({"dram.device": "hbm2"}, "; dram.device is of dram.model=banked, which has to be set beside it"),
    ],
)
def test_a_wrong_override_names_where_it_came_from(overrides, message):
    said = refusal(load_machine, "crisp_stc", overrides)
    assert said.startswith("overrides: ")
    assert message in said
    assert ".yaml" not in said.replace("or a .yaml file", "")  # the file is not what is wrong


def test_what_is_wrong_with_the_file_itself_is_said_first(tmp_path):
    (tmp_path / "own.yaml").write_text(with_one_wrong(whole_text("crisp_stc"), "cores: 4", "corse: 4"))
    with pytest.raises(InputError, match=r"own\.yaml:10: array: expected a known key, got 'corse'"):
        load_machine(tmp_path / "own.yaml", {"array.rows": 4})


def test_another_model_of_dram_starts_its_section_anew():
    machine = load_machine(
        "crisp_stc",
        {
            "dram.device": "hbm2",
            "smem.banks": None,
            "smem.bandwidth_bytes_per_cycle": 512,
            "dram.model": "banked",
        },
    )
    assert machine.dram.loaded == load_machine("crisp_stc_hbm2").dram.loaded
    simple = {"dram.bandwidth_bytes_per_cycle": 32, "dram.latency_cycles": 7, "dram.burst_bytes": 64}
    assert load_machine("crisp_stc_hbm2", {**simple, "dram.model": "simple"}).dram.latency_cycles == 7
    kept = load_machine("crisp_stc", {"dram.model": "simple"})
    assert kept.dram.model_dump() == load_machine("crisp_stc").dram.model_dump()


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
