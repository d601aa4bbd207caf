"""Fields set beside a machine: they change these alone, and a wrong one is not laid at the file's door."""

import pytest
from refusals import refusal, with_one_changed
from whole_machine import whole_text

from accel_sim import load_machine
from accel_sim.machine.shipped import config_folder
from workloads.inputs import InputError


def test_an_override_changes_its_field_and_nothing_else():
    plain = load_machine("crisp_stc").model_dump()
    changed = load_machine("crisp_stc", {"smem.bandwidth_bytes_per_cycle": 64, "array.rows": 8}).model_dump()
    assert changed["smem"]["bandwidth_bytes_per_cycle"] == 64
    assert changed["array"]["rows"] == 8
    changed["smem"]["bandwidth_bytes_per_cycle"], changed["array"]["rows"] = 128, 16
    assert changed == plain


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
    (tmp_path / "own.yaml").write_text(with_one_changed(whole_text("crisp_stc"), "cores: 4", "corse: 4"))
    with pytest.raises(InputError, match=r"own\.yaml:10: array: expected a known key, got 'corse'"):
        load_machine(tmp_path / "own.yaml", {"array.rows": 4})


def test_a_path_given_beside_a_machine_starts_where_the_process_stands(tmp_path, monkeypatch):
    prices = (config_folder("energy") / "sparseloop_45nm.yaml").read_text()
    (tmp_path / "cheap.yaml").write_text(prices.replace("mac: 0.5608", "mac: 0.25"))
    monkeypatch.chdir(tmp_path)
    machine = load_machine("crisp_stc", {"energy": "cheap.yaml"})
    assert machine.energy_per_action_pj["mac"] == 0.25
