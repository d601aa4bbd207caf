"""Nothing from a file reaches the terminal as markup or as a control character, in any command."""

import os

import numpy as np
import pytest
from accel_sim_calls import call
from whole_machine import whole_text

from workloads import KeepMask, Layer
from workloads.artifact import PrunedLayer, PrunedNetwork, write_artifact
from workloads.inputs.printable import printable

NAMES = (
    "edge[a]",
    "x[/foo]",
    "[red]r[/red]",
    "\x1b[31mred",
    "a\rb",
    "\u202edlrow",
    "$\\frac{",
    ":smile:",
    "a\x7fb",
)
LONG = "x" * 5000


@pytest.fixture(params=NAMES)
def files(request, tmp_path, monkeypatch):
    """A machine, a network and a sweep whose names are the same hostile one; layers have printable ones."""
    monkeypatch.chdir(tmp_path)
    name = request.param
    layer = Layer.linear(name if name.isprintable() else "a", 16, 8)
    masked = PrunedLayer(layer, KeepMask.ones(8, 16), np.ones(128, np.float32))
    other = PrunedLayer(Layer.linear("b", 8, 4), KeepMask.ones(4, 8), np.ones(32, np.float32))
    write_artifact(tmp_path / "n.safetensors", PrunedNetwork(name, (masked, other)))
    quoted = "".join(c if c.isprintable() and c not in '"\\' else f"\\u{ord(c):04x}" for c in name)
    for machine in ("dense_tc", "nvidia_stc"):
        text = whole_text(machine)
        assert f"name: {machine}\n" in text
        text = text.replace(f"name: {machine}\n", f'name: "{machine}{quoted}"\n')
        (tmp_path / f"{machine}.yaml").write_text(text)
    (tmp_path / "s.yaml").write_text(
        "workloads: [{file: n.safetensors}]\nmachines: [dense_tc.yaml]\nvary:\n  array.rows: [8, 16]\n"
    )
    return name


def shown(capsys) -> str:
    out, err = capsys.readouterr()
    for text in (out, err):
        assert all(c.isprintable() or c in "\n\t" for c in text), ascii(text)
    assert "Traceback" not in err
    return out + err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["simulate", "n.safetensors", "-m", "dense_tc.yaml", "--layers", "-o", "run"], 0),
        (["simulate", "n.safetensors", "-m", "dense_tc.yaml", "--layers", "--json"], 0),
        (["compare", "n.safetensors", "-m", "dense_tc.yaml", "-m", "nvidia_stc.yaml", "-o", "both"], 0),
        (["sweep", "s.yaml", "-o", "swept", "--jobs", "1"], 0),
        (["show", "dense_tc.yaml"], 0),
        (["verify", "dense_tc.yaml", "--cases", "1"], 0),
        (["trace", "n.safetensors", "NAME", "-m", "dense_tc.yaml", "-o", "trace"], 0),
        (["trace", "n.safetensors", "no such", "-m", "dense_tc.yaml", "-o", "trace"], 2),
        (["trace", "n.safetensors", "-m", "dense_tc.yaml", "-o", "trace"], 2),
        (["simulate", "NAME"], 2),
        (["simulate", "n.safetensors", "-m", "NAME"], 2),
        (["simulate", "n.safetensors", "--set", "NAME=3"], 2),
        (["list", "NAME"], 2),
        (["plot", "NAME"], 2),
        (["show", "NAME"], 2),
        (["NAME"], 2),
    ],
)
def test_a_name_is_shown_as_it_is_written(files, words, code, monkeypatch, capsys):
    if words[:3] == ["trace", "n.safetensors", "NAME"] and not files.isprintable():
        code = 2  # no layer has such a name
    assert call(monkeypatch, *(files if word == "NAME" else word for word in words)) == code
    text = shown(capsys)
    if "--layers" in words and "--json" not in words:
        assert printable(files) in "".join(text.split("\n"))


@pytest.mark.parametrize(
    "words",
    [
        ["simulate", f"{LONG}.csv"],
        ["simulate", f"{LONG}.safetensors"],
        ["simulate", LONG],
        ["simulate", "resnet20_w16_28", "-m", f"{LONG}.yaml"],
        ["simulate", "resnet20_w16_28", "-m", f"{LONG}.cfg"],
        ["simulate", "resnet20_w16_28", "--mapping", f"{LONG}.yaml"],
        ["simulate", "resnet20_w16_28", "-m", "dense_tc", "-o", LONG],
        ["simulate", "resnet20_w16_28", "-m", "dense_tc", "--set", f"energy={LONG}.yaml"],
        ["sweep", f"{LONG}.yaml", "-o", "out"],
        ["sweep", "s.yaml", "-o", LONG],
        ["plot", LONG],
        ["plot", f"{LONG}.csv"],
        ["show", f"{LONG}.yaml"],
        ["show", f"{LONG}.csv"],
        ["verify", f"{LONG}.yaml"],
        ["trace", "resnet20_w16_28", "conv1", "-o", LONG],
    ],
)
def test_a_path_of_5000_characters_is_one_line(words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.yaml").write_text("workloads: [{network: resnet20_w16_28}]\nmachines: [dense_tc]\n")
    assert call(monkeypatch, *words) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert os.listdir(tmp_path) == ["s.yaml"]


def test_printable_leaves_what_has_a_look_and_spells_out_the_rest():
    assert printable("conv1 äö 層 [x]") == "conv1 äö 層 [x]"
    assert printable("a\x1b[31m\n\u202e\udcff") == "a\\x1b[31m\\n\\u202e\\udcff"
