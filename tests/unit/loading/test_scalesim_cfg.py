"""SCALE-Sim's configuration files, read as they are into a machine."""

import csv
from pathlib import Path

import pytest
from refusals import refusal_of_text, with_one_changed

from accel_sim import load_machine, simulate
from workloads import gemm_workload
from workloads.inputs import InputError

CYCLES = Path(__file__).parents[2] / "validation" / "data" / "scalesim_cycles.csv"
# After the form of those that SCALE-Sim ships: both delimiters, spaces before them and at line ends.
VERSION_3 = """\
# An example.
[general]
run_name = example_8x4_ws

[architecture_presets]
ArrayHeight:    8
ArrayWidth:     4
IfmapSramSzkB:   64\x20
FilterSramSzkB:  64
OfmapSramSzkB:   64
IfmapOffset:    0
FilterOffset:   10000000
OfmapOffset:    20000000
Bandwidth : 10
Dataflow : ws
MemoryBanks:   1
ReadRequestBuffer: 32
WriteRequestBuffer: 32

[layout]
IfmapCustomLayout: False
IfmapSRAMBankNum: 10

[sparsity]
SparsitySupport : false
SparseRep : ellpack_block

[run_presets]
InterfaceBandwidth: CALC\x20
UseRamulatorTrace: False
"""
VERSION_2 = """\
[general]
run_name = tpu

[architecture_presets]
ArrayHeight = 256
arraywidth = 128
Dataflow = ws

[run_presets]
InterfaceBandwidth = USER
SRAM_row_size: 2
"""


def load(tmp_path, text: str, **overrides):
    path = tmp_path / "example.cfg"
    path.write_text(text)
    return load_machine(path, overrides)


def test_the_array_is_the_files_and_the_rest_is_the_machine_scalesim(tmp_path):
    machine, like = load(tmp_path, VERSION_3), load_machine("scalesim")
    assert machine.name == "example_8x4_ws"
    assert machine.array == {**like.array, "rows": 8, "cols": 4}
    apart = {"name", "description", "array"}
    assert machine.model_dump(exclude=apart) == like.model_dump(exclude=apart)
    assert machine.energy_per_action_pj == like.energy_per_action_pj
    assert machine.description == (
        "The array of SCALE-Sim's example.cfg, 8 x 4 weight stationary, memory never waited for."
    )


def test_a_file_of_version_2_lacks_sections_and_its_keys_have_any_case(tmp_path):
    machine = load(tmp_path, VERSION_2)
    assert (machine.array["rows"], machine.array["cols"]) == (256, 128)
    assert "stalls of its USER bandwidth are not taken over" in machine.description


def test_an_override_changes_what_the_file_says(tmp_path):
    assert load(tmp_path, VERSION_3, **{"array.rows": 16}).array["rows"] == 16
    with pytest.raises(InputError, match=r"^overrides: array: expected a known key, got 'row'"):
        load(tmp_path, VERSION_3, **{"array.row": 16})


@pytest.mark.parametrize(
    "row", csv.DictReader(CYCLES.read_text().splitlines()[1:]), ids=lambda row: "-".join(row.values())
)
def test_every_dataflow_takes_a_cycle_more_than_scalesim_prints(tmp_path, row):
    text = VERSION_3.replace("Height:    8", f"Height: {row['array_rows']}")
    text = text.replace("Width:     4", f"Width: {row['array_cols']}")
    first, second = row["dataflow"].split("_")
    machine = load(tmp_path, text.replace("Dataflow : ws", f"Dataflow : {first[0]}{second[0]}"))
    assert machine.array["dataflow"] == row["dataflow"]
    workload = gemm_workload(int(row["filters_n"]), int(row["reduction_k"]), int(row["ifmap_rows_m"]))
    assert simulate(workload, machine).cycles - 1 == int(row["total_cycles"])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("ArrayHeight:    8\n", "", ":5: architecture_presets: expected the key 'ArrayHeight', got none"),
        (
            "ArrayHeight",
            "ArrayHieght",
            ":5: architecture_presets: expected the key 'ArrayHeight', got none; did you mean 'arrayhieght'?",
        ),
        ("[general]\nrun_name", "[general]\nname", ":2: general: expected the key 'run_name', got none"),
        ("[run_presets]", "[presets]", ": expected the section [run_presets], got none"),
        (
            "Dataflow : ws",
            "Dataflow : wx",
            ":15: architecture_presets.Dataflow: expected a known value, got 'wx'",
        ),
        (
            "Dataflow : ws",
            "Dataflow : WS",
            ":15: architecture_presets.Dataflow: expected a known value, got 'WS'; did you mean 'ws'?",
        ),
        (
            "CALC",
            "CALK",
            ":29: run_presets.InterfaceBandwidth: expected a known value, got 'CALK'; did you mean 'CALC'?",
        ),
        (
            "Width:     4",
            "Width: 4.5",
            ":7: architecture_presets.ArrayWidth: expected a whole number, got '4.5'",
        ),
        (
            "Width:     4",
            "Width: -4",
            ":7: architecture_presets.ArrayWidth: expected a whole number, got '-4'",
        ),
        ("Width:     4", "Width:", ":7: architecture_presets.ArrayWidth: expected a whole number, got ''"),
        (
            "Width:     4",
            f"Width: {'9' * 5000}",
            ":7: architecture_presets.ArrayWidth: expected a number of at most 400",
        ),
        ("Width:     4", "Width: 0", ":7: array.cols: expected a number of at least 1, got 0"),
        ("Width:     4", "Width: 70000", ":7: array.cols: expected a number of at most 65536, got 70000"),
        (
            "SparsitySupport : false",
            "SparsitySupport : True",
            ":25: sparsity.SparsitySupport: expected false, as a systolic machine runs dense, got true",
        ),
        ("ArrayWidth", "ArrayHeight", ":7: expected each key once, got 'arrayheight' again"),
        ("[sparsity]", "[layout]", ":24: expected each section once, got [layout] again"),
        (
            "# An example.",
            "name: scalesim",
            ":1: expected a section first, as [general], got 'name: scalesim'",
        ),
        (
            "Bandwidth : 10",
            "Bandwidth 10",
            ":14: architecture_presets: expected key: value, got 'Bandwidth 10'",
        ),
    ],
)
def test_what_is_wrong_is_one_line_with_its_place(tmp_path, old, new, message):
    said = refusal_of_text(load_machine, tmp_path / "example.cfg", with_one_changed(VERSION_3, old, new))
    assert said.startswith(f"example.cfg{message}")


def test_a_file_that_is_missing_or_no_text_is_named(tmp_path):
    path = tmp_path / "x.cfg"
    with pytest.raises(
        InputError, match=r"x.cfg: expected a configuration of SCALE-Sim \(.cfg\), got no such"
    ):
        load_machine(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"x.cfg: expected a text file, got: 'utf-8' codec"):
        load_machine(path)
