"""A machine that extends another says only what differs; an error names the file where the value stands."""

import shutil

import pytest
from refusals import refusal
from whole_machine import whole_text

from accel_sim import load_machine
from accel_sim.compare.sweep import load_sweep
from accel_sim.loading.reading import machine_document
from accel_sim.machine.shipped import config_folder, config_names
from workloads.inputs import InputError
from workloads.inputs.strict_yaml import load_yaml

MACHINES, FAMILIES = config_names("machines"), config_names("families")


@pytest.fixture
def write(tmp_path):
    """Write a file of some name, and give its path."""

    def to(name, text):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return to


@pytest.mark.parametrize("name", MACHINES)
def test_a_machine_spelled_out_is_the_same_machine(name, write):
    assert load_machine(write(f"{name}.yaml", whole_text(name))) == load_machine(name)


@pytest.mark.parametrize("name", MACHINES)
def test_a_shipped_machine_says_nothing_that_what_it_extends_says(name):
    said = load_yaml(config_folder("machines") / f"{name}.yaml").data
    kind = "families" if said.get("extends") in FAMILIES else "machines"
    base = said.get("extends") and machine_document(config_folder(kind) / f"{said['extends']}.yaml").data
    taken_over = {key: value for key, value in (base or {}).items() if key != "family"}
    assert repeated(said, taken_over) == []


def repeated(own, base):
    """Fields that both say alike."""
    inner = [
        field
        for key, value in own.items()
        if isinstance(value, dict) and isinstance(base.get(key), dict)
        for field in repeated(value, base[key])
    ]
    return inner + [key for key, value in own.items() if key in base and base[key] == value]


def test_a_family_is_no_machine_and_has_machines():
    assert not set(FAMILIES) & set(MACHINES)
    bases = {load_yaml(config_folder("machines") / f"{name}.yaml").data.get("extends") for name in MACHINES}
    assert set(FAMILIES) <= bases
    for family in FAMILIES:
        with pytest.raises(InputError, match="machine: expected a known name"):
            load_machine(family)
        with pytest.raises(InputError, match=rf"{family}\.yaml:\d+: expected the key 'name', got none"):
            load_machine(config_folder("families") / f"{family}.yaml")


def test_sections_merge_field_by_field_and_lists_are_replaced(write):
    path = write(
        "m.yaml",
        "extends: crisp_stc\nname: m\nsmem: {banks: {layout: plain}}\n"
        "array:\n  skip_blocks: [8]\n  weight_sparsity: [{n_keep: 1, m_group: 4}]\n",
    )
    found, base = load_machine(path).model_dump(), load_machine("crisp_stc").model_dump()
    assert found["smem"]["banks"] == {"count": 32, "row_bytes": 4, "layout": "plain"}
    assert found["array"]["skip_blocks"] == [8]
    assert [(s["n_keep"], s["m_group"]) for s in found["array"]["weight_sparsity"]] == [(1, 4)]
    assert found["description"] == base["description"]
    for section in ("rf", "dram", "clock_hz", "patterns"):
        assert found[section] == base[section]


def test_a_family_is_each_files_own_to_say(write):
    assert load_machine("crisp_stc").family == "edge_1024"
    stranger = write("m.yaml", "extends: crisp_stc\n")
    assert load_machine(stranger).family is None
    assert "family" not in machine_document(stranger).lines
    member = write("n.yaml", "extends: m.yaml\nfamily: edge_1024\n")
    assert load_machine(member).family == "edge_1024"
    assert machine_document(member).where("family").endswith("n.yaml:2")


def test_null_takes_away_what_can_be_away(write):
    assert load_machine(write("m.yaml", "extends: crisp_stc\nsmem: {banks: null}\n")).smem.banks is None


def test_a_mapping_is_replaced_as_a_whole(write):
    write("base.yaml", "extends: crisp_stc\nmapping: {a: x, b: y}\n")
    found = machine_document(write("m.yaml", "extends: base.yaml\nmapping: {a: z}\n"))
    assert found.data["mapping"] == {"a": "z"}
    assert found.where("mapping.b").endswith("m.yaml:2")


def test_another_model_of_dram_and_another_architecture_start_anew(write):
    path = write(
        "m.yaml",
        "extends: crisp_stc_hbm2\narchitecture: systolic\n"
        "array: {rows: 4, cols: 4, dataflow: output_stationary, pipeline_cycles: 7}\n"
        "dram: {model: simple, bandwidth_bytes_per_cycle: 8, latency_cycles: 1, burst_bytes: 64}\n",
    )
    machine = load_machine(path)
    assert machine.dram.model_dump() == {
        "model": "simple",
        "bandwidth_bytes_per_cycle": 8,
        "latency_cycles": 1,
        "burst_bytes": 64,
    }
    assert (machine.array["rows"], machine.array["double_buffered"]) == (4, False)
    with pytest.raises(InputError, match=r"m\.yaml:1: expected the key 'array', got none"):
        load_machine(write("m.yaml", "extends: crisp_stc\narchitecture: systolic\n"))


def test_overrides_work_on_the_whole(write):
    path = write("m.yaml", "extends: crisp_stc\narray: {cores: 2}\n")
    machine = load_machine(path, {"array.rows": 8, "smem.banks.count": 64})
    assert (machine.array["cores"], machine.array["rows"], machine.array["lanes"]) == (2, 8, 16)
    assert (machine.smem.banks.count, machine.smem.banks.row_bytes) == (64, 4)


def test_a_cfg_can_be_extended(write):
    write(
        "a.cfg",
        "[general]\nrun_name = a\n[architecture_presets]\nArrayHeight = 8\nArrayWidth = 4\nDataflow = os\n"
        "[run_presets]\nInterfaceBandwidth = CALC\n",
    )
    machine = load_machine(write("m.yaml", "extends: a.cfg\nname: m\narray: {cols: 16}\n"))
    assert (machine.array["rows"], machine.array["cols"], machine.array["accumulator_depth"]) == (8, 16, None)


def test_paths_start_from_the_folder_of_the_file_that_says_them(write, tmp_path):
    (tmp_path / "inner").mkdir()
    shutil.copy(config_folder("energy") / "sparseloop_45nm.yaml", tmp_path / "inner" / "prices.yaml")
    shutil.copy(config_folder("dram") / "lpddr4_2400.yaml", tmp_path / "device.yaml")
    write("inner/base.yaml", "extends: crisp_stc_lpddr4\nenergy: prices.yaml\n")
    path = write("m.yaml", "extends: inner/base.yaml\ndram: {device: device.yaml}\n")
    machine = load_machine(path)
    assert (machine.dram.device, machine.dram.loaded.name) == ("device.yaml", "lpddr4_2400")
    assert machine.energy_per_action_pj["mac"] > 0


def test_a_sweep_sees_a_changed_base(write):
    write("net.csv", "name,kind,in_channels,out_channels\nfc,linear,64,10\n")
    write("m.yaml", "extends: base.yaml\n")
    keys = set()
    for cores in (2, 4):
        write("base.yaml", f"extends: crisp_stc\narray: {{cores: {cores}}}\n")
        file = write("s.yaml", "workloads: [{network: net.csv}]\nmachines: [m.yaml]\n")
        keys |= {point.key for point in load_sweep(file)}
    assert len(keys) == 2


def refused(path) -> str:
    """The line with which a file is refused, which names it or another beside it; less the folder."""
    return refusal(load_machine, path).replace(f"{path.parent}/", "")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("extends: 5", "m.yaml:2: extends: expected text, got 5"),
        ("extends: null", "m.yaml:2: extends: expected text, got null"),
        ("extends: [crisp_stc]", "m.yaml:2: extends: expected text, got a list of 1"),
        (
            "extends: edge_1204",
            "m.yaml:2: extends: expected a known name or a .yaml file, got 'edge_1204'; did you mean"
            " 'edge_1024'?",
        ),
        ("extends: no.yaml", "m.yaml:2: extends: no.yaml: expected a machine's file, got no such file"),
        ("extends: m.yaml", "m.yaml:2: extends: expected a file that does not lead back here, got 'm.yaml'"),
        ("extend: crisp_stc", "m.yaml:2: expected a known key, got 'extend'; did you mean 'extends'?"),
    ],
)
def test_a_wrong_extends_is_one_line_with_its_place(line, message, write):
    assert refused(write("m.yaml", f"name: m\n{line}\n")).startswith(message)


def test_a_circle_of_files_is_named(write):
    write("b.yaml", "extends: c.yaml\n")
    write("c.yaml", "name: c\nextends: a.yaml\n")
    found = refused(write("a.yaml", "extends: b.yaml\n"))
    assert found.startswith("c.yaml:2: extends: expected a file that does not lead back here")
    assert found.endswith("got 'a.yaml' (a.yaml -> b.yaml -> c.yaml -> a.yaml)")


@pytest.mark.parametrize(
    ("base", "own", "message"),
    [
        ("array: {cores: four}", "", "base.yaml:2: array.cores: expected a whole number, got 'four' (text)"),
        ("array: {corse: 4}", "rf: {buffers: 1}", "base.yaml:2: array: expected a known key, got 'corse'"),
        ("arrya: {cores: 4}", "", "base.yaml:2: expected a known key, got 'arrya'; did you mean 'array'?"),
        ("array: {cores: 4}", "array: {cores: 0}", "m.yaml:2: array.cores: expected a number of at least 1"),
        ("array: {mux_inputs: 2}", "", "base.yaml:2: array: expected mux_inputs >= m_group"),
        ("array: {cores: 4}", "array: {mux_inputs: 2}", "m.yaml:2: array: expected mux_inputs >= m_group"),
        ("energy: 45nm", "", "base.yaml:2: energy: expected a known name or a .yaml file, got '45nm'"),
        ("smem: {banks: {count: 0}}", "smem: {banks: {row_bytes: 8}}", "base.yaml:2: smem.banks.count: exp"),
        ("smem: {x: {y: 1}}", "smem: {x: 1}", "m.yaml:2: smem: expected a known key, got 'x'"),
        ("rf: {buffers: 2", "", "base.yaml:3: expected"),
        ("dram: {model: bank}", "", "base.yaml:2: dram: expected a known value, got 'bank'"),
    ],
)
def test_what_is_wrong_is_said_of_the_file_where_it_stands(base, own, message, write):
    write("base.yaml", f"extends: crisp_stc\n{base}\n")
    assert refused(write("m.yaml", f"extends: base.yaml\n{own}\n")).startswith(message)


def test_what_no_file_says_is_missing_in_the_file_itself(write):
    found = refused(write("m.yaml", "extends: edge_1024\nname: m\narchitecture: systolic\n"))
    assert found.startswith("m.yaml:1: expected the key 'array', got none")
