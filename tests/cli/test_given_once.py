"""What was dropped silently is refused: options given twice, a seed beside masks; what is dense is said."""

import json

import numpy as np
import pytest
from accel_sim_calls import call
from whole_machine import whole_text

from pruning.cli import main as prune
from workloads import KeepMask, Layer
from workloads.artifact import PrunedLayer, PrunedNetwork, write_artifact
from workloads.network import write_layers

NET = "resnet20_w16_28"


@pytest.fixture
def typed(monkeypatch, capsys, tmp_path):
    """Exit code, standard output and standard error of a command."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> tuple[int, str, str]:
        code = call(monkeypatch, *words)
        return (code, *capsys.readouterr())

    return run


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["-p", "dense", "-p", "nm(2:4)"], "--pattern"),
        (["-m", "crisp_stc", "--machine", "dense_tc"], "--machine"),
        (["--seed", "1", "--seed=2"], "--seed"),
        (["--batch", "1", "--batch", "1"], "--batch"),
        (["--engine", "fast", "--engine", "reference"], "--engine"),
    ],
)
def test_an_option_of_one_value_is_given_once(typed, words, option):
    for name in (["simulate", NET], ["trace", NET, "conv1", "-o", "out"]):
        code, out, err = typed(*name, *words)
        assert (code, out, err) == (2, "", f"error: {option}: expected one value, got several\n")


def test_crisp_prune_takes_options_once_too(monkeypatch, capsys):
    monkeypatch.setattr(
        "sys.argv", ["crisp-prune", "inspect", "x.safetensors", "--sparsity", "0.5", "--sparsity", "0.9"]
    )
    with pytest.raises(SystemExit, match="2"):
        prune()
    assert capsys.readouterr().err == "error: --sparsity: expected one value, got several\n"


def test_options_of_several_values_and_flags_may_be_repeated(typed):
    words = ["--set", "dram.latency_cycles=7", "--set", "word_bytes=1", "--layers", "--layers"]
    assert typed("simulate", NET, *words)[0] == 0


def test_a_seed_or_rules_beside_an_artifact_are_refused(typed, tmp_path):
    layer = PrunedLayer(Layer.linear("fc", 5, 3), KeepMask.ones(3, 5), np.ones(15, np.float32))
    write_artifact(tmp_path / "net.safetensors", PrunedNetwork("net", (layer,)))
    for words, got in ((["--seed", "0"], "0"), (["--exempt", "none"], "'none'")):
        code, out, err = typed("simulate", "net.safetensors", *words)
        what = words[0].removeprefix("--")
        assert (code, out) == (2, "")
        assert err == f"error: {what}: expected none beside an artifact, which has masks, got {got}\n"
    (tmp_path / "s.yaml").write_text("workloads: [{file: net.safetensors, seed: 0}]\nmachines: [crisp_stc]\n")
    code, out, err = typed("sweep", "s.yaml", "-o", "out")
    assert (code, out) == (2, "")
    assert err == "error: s.yaml:1: workloads.0: expected no seed beside a file, which has masks\n"


def test_exempt_layers_and_an_unmet_density_are_said(typed, tmp_path):
    words = ["-p", "block(block=64, density=0.1)", "-m", "block_tc"]
    code, out, err = typed("simulate", NET, *words)
    assert code == 0
    assert "17.13%" in out
    assert "asked for 10.00%" in out
    assert out.endswith("dense, exempt from the pattern: first layer: conv1 (--exempt)\n")
    assert err.startswith(f"warning: {NET}: density: asked for 10.0% of the weights, got 17.1% (")
    assert err.count("\n") == 1
    code, out, err = typed("simulate", NET, *words, "--json", "-o", "out")
    told = json.loads(out)
    assert (told["asked_density"], told["exempt"]) == (0.1, "first layer: conv1")
    assert told["warning"].startswith("density: asked for 10.0%")
    assert err.startswith("warning: ")
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["provenance"]["exempt"] == {
        "conv1": "first layer"
    }
    code, out, err = typed("compare", NET, *words, "-p", "dense", "-m", "dense_tc")
    assert "dense, exempt from the pattern: first layer: conv1 (--exempt)\n" in out
    assert err.splitlines() == [f"warning: block(block=64, density=0.1): {told['warning']}"]


def test_exempt_none_prunes_every_layer(typed):
    told = json.loads(typed("simulate", NET, "-p", "nm(2:4)", "--exempt", "none", "--layers", "--json")[1])
    assert told["exempt"] == "none"
    assert {row["exempt"] for row in told["layers"]} == {"none"}
    assert told["layers"][0]["kept"] < told["layers"][0]["weights"]
    code, _, err = typed("compare", NET, "-p", "nm(2:4)", "--exempt", "frist")
    assert (code, err[:53]) == (2, "error: exempt: expected rules or none, got 'frist'; d")


def test_a_sweep_takes_rules_and_says_what_was_asked_and_got(typed, tmp_path):
    write_layers(tmp_path / "net.csv", (Layer.linear("a", 64, 64), Layer.linear("b", 64, 64)), "test")
    (tmp_path / "s.yaml").write_text(
        "machines: [crisp_stc]\nworkloads:\n"
        '  - {network: net.csv, pattern: "nm(2:4)"}\n'
        '  - {network: net.csv, pattern: "nm(2:4)", exempt: none}\n'
    )
    code, _, err = typed("sweep", "s.yaml", "-o", "out", "--jobs", "1")
    assert code == 0
    assert "warning: net nm(2:4): density: asked for 50.0% of the weights, got 75.0%" in err
    lines = (tmp_path / "out" / "results.csv").read_text().splitlines()
    header = lines[0].split(",")
    found = [dict(zip(header, line.split(","), strict=False)) for line in lines[1:]]
    assert [(row["density"], row["asked_density"], row["exempt"]) for row in found] == [
        ("0.75", "0.5", "first layer: a"),
        ("0.5", "0.5", "none"),
    ]


def test_a_machine_file_of_another_name_is_shown_with_both(typed, tmp_path):
    (tmp_path / "own.yaml").write_text(whole_text("dense_tc"))
    code, out, _ = typed("compare", NET, "-m", "dense_tc", "-m", "own.yaml", "--json")
    assert (code, [row["machine"] for row in json.loads(out)]) == (0, ["dense_tc", "own (dense_tc)"])
    code, out, err = typed("compare", NET, "-m", "dense_tc", "-m", "dense_tc")
    assert (code, out) == (2, "")
    assert err.startswith("error: machine: expected each workload on machines of different names, got ")
