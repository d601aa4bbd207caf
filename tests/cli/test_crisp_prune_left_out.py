"""What a network multiplies beside its layers: train, inspect and run refuse it, or leave it out by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from crisp_prune_calls import assert_one_line, call, name_own_network, succeed

from pruning.data import load_dataset
from pruning.files.checkpoint import CheckpointInfo, load_checkpoint, save_checkpoint
from pruning.models import build_model
from pruning.models.shared.factory import allow_factory
from workloads.artifact import read_artifact

# A matrix of its own, and a convolution that runs twice.
OWN = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, num_classes, in_channels):
        super().__init__()
        self.stem, self.again = nn.Conv2d(in_channels, 8, 3, 4), nn.Conv2d(8, 8, 3, padding=1)
        self.mix, self.head = nn.Parameter(torch.eye(8)), nn.Linear(8, num_classes)

    def forward(self, x):
        x = self.again(torch.relu(self.again(torch.relu(self.stem(x)))))
        return self.head(torch.relu(x.mean((2, 3)) @ self.mix))

def net(num_classes=10, in_channels=1):
    return Net(num_classes, in_channels)
"""
REFUSAL = (
    "mix: expected a product with the weight of a Conv2d or Linear module alone, got mm in the model (Net)"
)
QUICK = ("--stages", 1, "--steps", 1, "--last-steps", 0, "--classes", "2,4,6")
LAYERS = 8 * 9 + 8 * 72 + 80  # weights


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    return name_own_network(tmp_path, monkeypatch, "mixes_on_its_own", OWN)


@pytest.fixture
def dense(own: str, tiny_data: Path, tmp_path: Path) -> Path:
    """Such a network, trained somewhere else."""
    torch.manual_seed(0)
    allow_factory(own)
    data = load_dataset("fashion_mnist", tiny_data)
    info = CheckpointInfo(own, {"num_classes": 10}, data.name, data.class_names, 0.1)
    save_checkpoint(tmp_path / "dense.safetensors", build_model(own, num_classes=10), info)
    return tmp_path / "dense.safetensors"


def test_train_refuses_what_run_and_inspect_refuse(
    own: str,
    dense: Path,
    tiny_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    own_data = ("--model", own, "--data-root", tiny_data)
    for words in (
        ("train", *own_data, "--epochs", 1, "-o", tmp_path / "new.safetensors"),
        ("run", "--checkpoint", dense, *own_data, *QUICK, "-o", tmp_path / "new.safetensors"),
        ("inspect", dense, "--pattern", "nm(2:4)", "--model", own),
    ):
        assert call(monkeypatch, *words) == 2
        assert_one_line(capsys, REFUSAL)
    assert not (tmp_path / "new.safetensors").exists()
    succeed(
        monkeypatch,
        *("train", *own_data, "--epochs", 1, "--leave", "mix", "-o", tmp_path / "new.safetensors"),
    )
    assert load_checkpoint(tmp_path / "new.safetensors")[1].model == own


def test_what_run_leaves_out_is_dense_and_listed(
    own: str,
    dense: Path,
    tiny_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = tmp_path / "made.safetensors"
    leave = ("--model", own, "--leave", "mix", "--sparsity", 0.5, "--pattern", "unstructured")
    succeed(
        monkeypatch,
        "run",
        "--checkpoint",
        dense,
        "--data-root",
        tiny_data,
        *QUICK,
        *leave,
        "-o",
        made,
        "--json",
    )
    out, err = capsys.readouterr()
    assert err == "note: left out, dense: mix (64 weights, mm in the model (Net))\n"
    network = read_artifact(made)
    assert [masked.layer.name for masked in network.layers] == ["stem", "again", "again@2", "head"]
    kept = sum(masked.mask.kept for masked in network.layers if masked.layer.name != "again@2") + 64
    assert json.loads(out)["sparsity"] == pytest.approx(1 - kept / (LAYERS + 64))
    assert 0.5 <= json.loads(out)["sparsity"] < 0.503
    assert network.provenance["left_out"] == [{"name": "mix", "weights": 64, "why": "mm in the model (Net)"}]
    assert network.state["mix"].shape == (8, 8)
    succeed(monkeypatch, "inspect", made)
    assert "left out, dense: mix (64 weights, mm in the model (Net))" in capsys.readouterr().out
    succeed(monkeypatch, "evaluate", made, "--model", own, "--data-root", tiny_data)
    capsys.readouterr()


def test_a_dry_run_lists_it_and_counts_uses(
    own: str, dense: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = (
        "inspect",
        dense,
        "--pattern",
        "nm(2:4)",
        "--sparsity",
        0.45,
        "--model",
        own,
        "--leave",
        "mix",
        "--json",
    )
    succeed(monkeypatch, *words)
    rows = {row["layer"]: row for row in json.loads(capsys.readouterr().out)["layers"]}
    assert list(rows) == ["stem", "again", "head", "mix", "all"]
    pixels = 7 * 7
    assert rows["again"]["dense_macs"] == 2 * 8 * 72 * pixels
    assert rows["again"]["macs"] == 8 * 72 * pixels
    assert (rows["mix"]["gets"], rows["mix"]["kept"], rows["mix"]["macs"]) == ("dense", 64, None)
    assert rows["mix"]["why"] == "left out: mm in the model (Net)"
    assert rows["all"]["sparsity"] == pytest.approx((8 * 36 + 40) / (LAYERS + 64), abs=1e-6)


def test_channels_leave_nothing_out(
    own: str, dense: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("inspect", dense, "--pattern", "channel", "--model", own, "--leave", "mix")
    assert call(monkeypatch, *words) == 2
    assert_one_line(capsys, "leave: expected none for channels, which follow every operation, got 'mix'")
