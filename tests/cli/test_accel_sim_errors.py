"""Bad input to accel-sim: one line on standard error, exit code 2, nothing written."""

import pickle

import numpy as np
import pytest
from accel_sim_calls import call, command
from refusals import with_one_changed
from safetensors.numpy import save_file
from whole_machine import whole_text

from workloads import KeepMask, Layer
from workloads.artifact import PrunedLayer, PrunedNetwork, write_artifact

NET = "resnet20_w16_28"
MACHINE = whole_text("crisp_stc")
SWEEP = "workloads: [{network: resnet20_w16_28}]\nmachines: [crisp_stc]\nvary:\n  array.rows: [8, 16]\n"


@pytest.fixture
def refused(tmp_path, monkeypatch, capsys):
    """The one line that a command says before it exits with 2, in a folder that it leaves as it was."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> str:
        before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        assert call(monkeypatch, *words) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1, err
        assert err.startswith("error: ")
        assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
        return err

    return run


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-m", "crisp_st"], "machine: expected a known name or a .yaml file, got 'crisp_st'; did you mean"),
        (["-m", "nowhere.yaml"], "nowhere.yaml: expected a YAML file, got no such file"),
        (["-m", "."], "machine: expected a known name or a .yaml file, got '.'"),
        (["-p", "crips(2:4)"], "pattern: expected a known name, got 'crips'; did you mean 'crisp'?"),
        (["-p", "crisp(2:4, blok=16, density=0.1)"], "got 'blok'; did you mean 'block'?"),
        (["-p", "crisp(2:4, block=16)"], "expected the argument 'density'"),
        (["-p", "crisp(2:4, block=-16, density=0.1)"], "block: expected a whole number from 1 to"),
        (
            ["-p", "crisp(2:4, block=16, density=0.9)"],
            "density: expected more than 0 and at most 0.5, got 0.9",
        ),
        (["-p", "crisp(2:4, block=x, density=0.1)"], "block: expected a whole number, got 'x'"),
        (["-p", "nm(2:4"], "expected name or name(argument, ...)"),
        (["--set", "nonsense"], "--set: expected field=value, got 'nonsense'"),
        (["--set", "=3"], "--set: expected field=value, got '=3'"),
        (["--set", "array.rows=[1"], "--set: array.rows: "),
        (["--set", "array.row=3"], "--set: array: expected a known key, got 'row'; did you mean 'rows'?"),
        (["--set", "array.rows=many"], "--set: array.rows: expected a whole number, got 'many' (text)"),
        (["--set", "array.rows=0"], "--set: array.rows: expected a number of at least 1, got 0"),
        (["--set", "array.weight_sparsity=[2:4]"], "write n_keep: 2, m_group: 4"),
        (
            ["--set", "smem.capacity_bytes=256"],
            "mapping: expected tiles that fit smem.capacity_bytes=256, got",
        ),
        (["--set", "smem.capacity_bytes=1e99"], "--set: smem.capacity_bytes: expected a whole number"),
        (["--set", "word_bytes=9999999999999999999999"], "--set: word_bytes: expected"),
        (["--set", "clock_hz=.inf"], "--set: clock_hz: expected a finite number, got inf"),
        (["--seed", "-1"], "seed: expected a whole number of at least 0, got -1"),
        (["--seed", "one"], "'--seed'"),
        (["--batch", "0"], "batch: expected a whole number of at least 1, got 0"),
        (["--batch", "1.5"], "'--batch'"),
        (["--activation-density", "1.5"], "activation_density: expected 0 to 1, got 1.5"),
        (["--engine", "fats"], "engine: expected a known one, got 'fats'; did you mean 'fast'?"),
        (["--bogus"], "No such option: --bogus"),
        (["extra"], "unexpected extra argument"),
    ],
)
def test_simulate_refuses_a_wrong_option(words, message, refused):
    assert message in refused("simulate", NET, "-o", "out", *words)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["simulate", "resnet5"],
            "network: expected a known name or a .csv file, got 'resnet5'; did you mean",
        ),
        (["simulate", "no.csv"], "no.csv: expected a network table (.csv), got no such file"),
        (
            ["simulate", "no.safetensors"],
            "no.safetensors: expected a pruned network (.safetensors), got no such",
        ),
        (["simulate"], "Missing argument"),
        (["simulat", NET], "No such command 'simulat'"),
        (["list", "machine"], "kind: expected a known one, got 'machine'; did you mean 'machines'?"),
        (
            ["show", "crisp"],
            "name: expected a known one, got 'crisp'; did you",
        ),
        (["show", "no.yaml"], "no.yaml: expected a .yaml file, got no such file"),
        (
            ["compare", NET, "-m", "crisp_stc", "-m", "x"],
            "machine: expected a known name or a .yaml file, got 'x'",
        ),
        (["compare", NET, "-p", "dense", "-p", "x"], "pattern: expected a known name, got 'x'"),
        (
            ["sweep", "pe_arry", "-o", "out"],
            "sweep: expected a known name or a .yaml file, got 'pe_arry'; did you",
        ),
        (["sweep", "pe_array"], "Missing option '--output'"),
        (["sweep", "pe_array", "-o", "out", "--jobs", "0"], "--jobs: expected -1 or at least 1, got 0"),
        (["plot", "no.csv"], "no.csv: expected a result table (.csv or .parquet), got no such file"),
        (["plot", "."], "expected the folder of a sweep, a comparison or a run (results.csv, comparison.csv"),
    ],
)
def test_a_wrong_name_is_refused(words, message, refused):
    assert message in refused(*words)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "cores: 4",
            "corse: 4",
            "own.yaml:10: array: expected a known key, got 'corse'; did you mean 'cores'?",
        ),
        ("cores: 4", "cores: four", "own.yaml:10: array.cores: expected a whole number, got 'four' (text)"),
        ("cores: 4", "cores: -4", "own.yaml:10: array.cores: expected a number of at least 1, got -4"),
        ("cores: 4", "cores: 4\n  cores: 4", "own.yaml:11: array: expected each key once, got 'cores' again"),
        (
            "{n_keep: 2, m_group: 4}",
            "2:4",
            "own.yaml:18: array.weight_sparsity.1: expected keys and values, got",
        ),
        ("energy: sparseloop_45nm", "energy: no.yaml", "no.yaml: expected a YAML file, got no such file"),
        ("name: crisp_stc", "name: [", "own.yaml:"),
    ],
)
def test_a_wrong_machine_file_is_refused_with_its_line(old, new, message, refused, tmp_path):
    (tmp_path / "own.yaml").write_text(with_one_changed(MACHINE, old, new))
    assert message in refused("simulate", NET, "-m", "own.yaml", "-o", "out")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("machines:", "machine:", "s.yaml:2: expected a known key, got 'machine'; did you mean 'machines'?"),
        ("machines: [crisp_stc]", "machines: []", "s.yaml:2: machines: expected at least 1 items, got 0"),
        ("array.rows", "array.row", "s.yaml:4: vary: array: expected a known key, got 'row'"),
        (
            "network: resnet20_w16_28",
            "network: resnet",
            "s.yaml:1: workloads.0: network: expected a known name",
        ),
        ("[8, 16]", "[8, 2:4]", "s.yaml:4: vary: array.rows: expected a whole number, got '2:4' (text)"),
        (SWEEP, "", "s.yaml:1: expected keys and values, got an empty file"),
    ],
)
def test_a_wrong_sweep_is_refused_before_anything_is_written(old, new, message, refused, tmp_path):
    (tmp_path / "s.yaml").write_text(with_one_changed(SWEEP, old, new))
    assert message in refused("sweep", "s.yaml", "-o", "out")


def test_files_that_are_no_pruned_network_are_refused(refused, tmp_path):
    mask = KeepMask.ones(3, 5)
    layer = PrunedLayer(Layer.linear("fc", 5, 3), mask, np.ones(15, np.float32))
    write_artifact(tmp_path / "good.safetensors", PrunedNetwork("good", (layer,)))
    whole = (tmp_path / "good.safetensors").read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(whole[:-7])
    (tmp_path / "header.safetensors").write_bytes(whole[:5])
    (tmp_path / "empty.safetensors").write_bytes(b"")
    (tmp_path / "pickle.safetensors").write_bytes(pickle.dumps({"weights": [1, 2, 3]}))
    save_file({"x": np.zeros(3, np.float32)}, tmp_path / "foreign.safetensors")
    for name in ("cut", "header", "empty", "pickle"):
        message = f"{name}.safetensors: expected a safetensors file, got: "
        assert message in refused("simulate", f"{name}.safetensors", "-o", "out")
    assert "expected a pruned network, got safetensors without" in refused("simulate", "foreign.safetensors")
    assert "expected none beside an artifact" in refused("simulate", "good.safetensors", "-p", "dense")


def test_files_that_are_no_network_table_are_refused(refused, tmp_path):
    header = "name,kind,in_channels,out_channels"
    for text, message in (
        ("", "net.csv: expected a header and layers, got an empty table"),
        (f"{header}\n", "net.csv"),
        (
            f"{header},stride\nfc,linear,4,4,1\n",
            "net.csv:1: expected known columns, got 'stride'; did you mean",
        ),
        (
            f"{header}\nfc,linear,4,-4\n",
            "net.csv:2: fc: out_channels: expected a whole number of at least 1, got -4",
        ),
        (f"{header}\nfc,linear,4\n", "net.csv:2: "),
    ):
        (tmp_path / "net.csv").write_text(text)
        assert message in refused("simulate", "net.csv", "-o", "out")


def test_tables_that_no_command_wrote_are_refused(refused, tmp_path):
    for name, content in (
        ("empty.csv", b""),
        ("other.csv", b"a,b\n1,2\n"),
        ("binary.csv", b"\xff\xfe\x00\x01"),
        ("cut.parquet", b"PAR1"),
    ):
        (tmp_path / name).write_bytes(content)
        assert "expected" in refused("plot", name, "-o", "out")


def test_an_output_that_is_a_file_is_refused(refused, tmp_path):
    (tmp_path / "taken").write_text("mine")
    (tmp_path / "s.yaml").write_text(SWEEP)
    for words in (["simulate", NET], ["compare", NET, "-m", "dense_tc"]):
        assert "expected a place that can be written" in refused(*words, "-o", "taken")


def test_a_refusal_looks_the_same_from_a_process_of_its_own(tmp_path):
    done = command("simulate", NET, "-m", "crisp_st", "-o", "out", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: machine: expected a known name")
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_is_one_line_and_130(monkeypatch, capsys):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("workloads.workload.load_workload", interrupt)
    assert call(monkeypatch, "simulate", NET) == 130
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--family", "edge"], "family: expected a known one, got 'edge'; did you mean 'edge_1024'?"),
        (
            ["-m", "dense_tc", "-m", "sparseloop_tc"],
            "compare: expected machines with the same rf.accumulator_bytes, got 4 on dense_tc and 1 on",
        ),
    ],
)
def test_compare_refuses_machines_that_are_none_or_unequal(refused, words, message):
    assert message in refused("compare", "resnet20_w16_28", *words)
