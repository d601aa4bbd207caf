"""Names out of files, folders and networks: as they are, never markup, never a control character."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from crisp_prune_calls import assert_one_line, call, name_own_network, succeed
from PIL import Image

OWN = """
from torch import nn

def net(num_classes=10, in_channels=1, name="[red]a"):
    model = nn.Sequential()
    model.add_module("flat", nn.Flatten())
    model.add_module(name, nn.Linear(784, 8))
    model.add_module("x[/foo]", nn.Linear(8, num_classes))
    return model
"""
QUICK = ("--stages", 1, "--steps", 0, "--last-steps", 0, "--sparsity", 0.5, "--pattern", "unstructured")
UNSEEN = [chr(code) for code in range(32) if chr(code) != "\n"] + ["\x7f", "\x9b"]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    return name_own_network(tmp_path, monkeypatch, "net_with_names", OWN)


def test_layers_and_files_that_look_like_markup(
    own: str,
    tiny_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    dense, made = tmp_path / "d[bold].safetensors", tmp_path / "x[/foo].safetensors"
    mine, all_of_it = ("--model", own, "--data-root", tiny_data), ("--exempt", "none")
    run = ("run", "--classes", "2,4", "--checkpoint", dense, *mine, *QUICK, *all_of_it, "-o", made)
    dry_run = ("--pattern", "nm(2:4)", "--sparsity", 0.5, *all_of_it, "--model", own)
    succeed(monkeypatch, "train", *mine, "--epochs", 1, "-o", dense)
    succeed(monkeypatch, *run)
    succeed(monkeypatch, "inspect", made)
    succeed(monkeypatch, "inspect", dense, *dry_run)
    out, err = capsys.readouterr()
    assert err == ""
    for name in ("[red]a", "x[/foo]", "d[bold].safetensors", "x[/foo].safetensors"):
        assert name in out


def test_a_layer_with_a_control_character(
    own: str,
    tiny_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ("train", "--model", own, "--data-root", tiny_data, "--option", "name=a\x1b[31m")
    assert call(monkeypatch, *words, "-o", tmp_path / "new.safetensors") == 2
    assert_one_line(capsys, r"layer: name: expected printable text, got 'a\x1b[31m'")


def test_classes_and_users_with_control_characters(
    tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = tmp_path / "pictures\x1b[2J"
    for name in ("\x1b[31mred", "x[bold]", "a\nb\x7f"):
        (pictures / name).mkdir(parents=True)
        for index in range(4):
            Image.new("L", (28, 28), index).save(pictures / name / f"{index}.png")
    source = ("image_folder(size=28, grey=1)", "--data-root", pictures)
    succeed(monkeypatch, "data", *source)
    succeed(monkeypatch, "data", *source, "--json")
    out = capsys.readouterr().out
    assert r"\x1b[31mred, a\nb\x7f, x[bold]" in out
    assert r'"a\nb\u007f"' in out
    assert not any(letter in out for letter in UNSEEN)
    shutil.copy(tiny_checkpoint, tmp_path / "d\x1b[5m.safetensors")
    words = ("--checkpoint", tmp_path / "d\x1b[5m.safetensors", "-o", tmp_path / "p.safetensors")
    assert call(monkeypatch, "run", "--classes", "0,1", "--data", *source, *words) == 2
    assert_one_line(capsys, r"d\x1b[5m.safetensors: expected a network for the classes of image_folder")
