"""Two machines are two rows: a file's name is shown where the machine calls itself something else."""

import pytest
from whole_machine import whole_text

from accel_sim import load_machine, simulate
from accel_sim.compare.comparison import compare
from accel_sim.compare.sweep import load_sweep
from accel_sim.machine.shipped import config_names
from workloads import gemm_workload
from workloads.inputs import InputError

WORKLOAD = gemm_workload(16, 64, 32)
TEXT = whole_text("crisp_stc")


@pytest.fixture
def copies(tmp_path):
    """Two files of one ``name:``, of which one has less DRAM bandwidth."""
    for name, text in (
        ("a", TEXT),
        ("b", TEXT.replace("bandwidth_bytes_per_cycle: 32", "bandwidth_bytes_per_cycle: 16")),
    ):
        (tmp_path / f"{name}.yaml").write_text(text)
    return [tmp_path / "a.yaml", tmp_path / "b.yaml"]


def test_the_name_of_the_file_is_shown_where_it_differs(copies):
    machine = load_machine(copies[0])
    assert (machine.name, machine.label) == ("crisp_stc", "a (crisp_stc)")
    assert simulate(WORKLOAD, machine).machine == "a (crisp_stc)"
    assert load_machine(copies[0], {"word_bytes": 2}).with_mapping({}).label == "a (crisp_stc)"
    assert load_machine("crisp_stc").label == "crisp_stc"


@pytest.mark.parametrize("name", config_names("machines"))
def test_shipped_machines_are_called_as_their_files(name):
    assert load_machine(name).name == name


def test_two_files_of_one_name_are_two_rows(copies):
    pairs = [("dense", WORKLOAD, load_machine(path)) for path in copies]
    table, layers = compare(pairs, unequal=True)
    assert list(table["machine"]) == ["a (crisp_stc)", "b (crisp_stc)"]
    assert list(layers) == ["dense on a (crisp_stc)", "dense on b (crisp_stc)"]
    assert table["cycles"].nunique() == 2


def test_rows_that_would_look_the_same_are_refused(copies, tmp_path):
    (tmp_path / "other").mkdir()
    twin = tmp_path / "other" / "a.yaml"
    twin.write_text(copies[1].read_text())
    for one, other in ((copies[0], twin), ("crisp_stc", "crisp_stc")):
        with pytest.raises(
            InputError, match="machine: expected each workload on machines of different names"
        ):
            compare([("dense", WORKLOAD, load_machine(path)) for path in (one, other)], unequal=True)
    (tmp_path / "s.yaml").write_text(
        f"workloads: [{{network: resnet20_w16_28}}]\nmachines: [{copies[0]}, {twin}]\n"
    )
    with pytest.raises(InputError, match=r"'a \(crisp_stc\)' twice"):
        load_sweep(tmp_path / "s.yaml")
