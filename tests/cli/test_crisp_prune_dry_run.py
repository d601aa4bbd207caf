"""experiment --dry-run refuses what its runs would, and paths in the file are from the file's folder on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from crisp_prune_calls import call, name_own_network, succeed

GRID = """\
data: fashion_mnist
network: {network}
classes: {{tops: "Pullover,Coat"}}
base: {{stages: 1, steps: 0, last_steps: 0, samples: 2, calibration: 4, saliency: magnitude}}
grids: [{grid}]
"""
GOOD = "{pattern: unstructured, sparsity: 0.5, seed: [0, 1]}"
OWN = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.mix, self.head = nn.Linear(784, 8), nn.Parameter(torch.eye(8)), nn.Linear(8, 10)

    def forward(self, x):
        return self.head(self.stem(x.flatten(1)) @ self.mix)

def net():
    return Net()
"""


@pytest.mark.parametrize(
    ("network", "grid", "message"),
    [
        (
            "{checkpoint: dense.safetensors}",
            "{pattern: 'crisp(2:4, block=8)', sparsity: [0.999, 0.6]}",
            "sparsity: expected at most 0.9",
        ),
        (
            "{checkpoint: dense.safetensors}",
            "{pattern: 'crisp(2:4, block=8)', sparsity: [0.1, 0.6]}",
            "sparsity: expected at least 0.49",
        ),
        (
            "{checkpoint: dense.safetensors}",
            "{pattern: unstructured, schedule: [decaying_nm, linear]}",
            "schedule: expected a pattern with N:M for decaying_nm",
        ),
        (
            "{checkpoint: dense.safetensors}",
            "{pattern: unstructured, head: classes, saliency_classes: [all, user]}",
            "saliency_classes: expected user where the head keeps",
        ),
        (
            "{checkpoint: dense.safetensors}",
            "{pattern: channel, sparsity: [0.999, 0.5]}",
            "density: expected",
        ),
        (
            "{checkpoint: dense.safetensors}",
            "{pattern: unstructured, leave: [fc, fc2]}",
            "leave: expected a parameter or module of the network, got 'fc2'; did you mean 'fc'",
        ),
        (
            "{model: 'a_net_to_try:net'}",
            "{pattern: unstructured, sparsity: 0.005, leave: [none, mix]}",
            "mix: expected a product with the weight",
        ),
    ],
)
def test_what_a_run_would_refuse(
    network: str,
    grid: str,
    message: str,
    tiny_data: Path,
    tiny_checkpoint: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    own = name_own_network(tmp_path, monkeypatch, "a_net_to_try", OWN)
    shutil.copy(tiny_checkpoint, tmp_path / "dense.safetensors")
    (tmp_path / "grid.yaml").write_text(GRID.format(network=network, grid=grid))
    before = sorted(tmp_path.iterdir())
    words = ("experiment", tmp_path / "grid.yaml", "-o", tmp_path / "made", "--data-root", tiny_data)
    assert call(monkeypatch, *words, "--model", own, "--dry-run") == 2
    out, err = capsys.readouterr()
    assert err.startswith("error: tops_")
    assert message in err
    assert err.count("\n") == 1
    assert err.endswith(f" (1 of {len(out.splitlines())} runs would fail)\n")
    assert [p for p in sorted(tmp_path.iterdir()) if p.name != "__pycache__"] == before
    told = err.removeprefix("error: ").rsplit(" (", 1)[0]
    # It is what the run says.
    assert call(monkeypatch, *words, "--model", own, "--jobs", 1) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("change", ["classes", "folder", "network"])
def test_what_an_experiment_would_refuse(
    change: str,
    tiny_data: Path,
    tiny_checkpoint: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = tmp_path / "made"
    network = f"{{checkpoint: {tiny_checkpoint}}}"
    if change == "classes":
        from pruning.files.checkpoint import load_checkpoint, save_checkpoint

        model, info = load_checkpoint(tiny_checkpoint)
        other = type(info)(info.model, info.options, "others", info.class_names[::-1], 0.1)
        save_checkpoint(tmp_path / "other.safetensors", model, other)
        network, message = (
            "{checkpoint: other.safetensors}",
            "expected a network for the classes of fashion_mnist",
        )
    elif change == "folder":
        made.write_text("")
        message = "made: expected a folder, or a place for one, got a file"
    else:
        made.mkdir()
        shutil.copy(tiny_checkpoint, made / "dense.safetensors")
        network, message = (
            "{model: resnet20, options: {width: 4}}",
            "expected the dense network of this experiment",
        )
    (tmp_path / "grid.yaml").write_text(GRID.format(network=network, grid=GOOD))
    words = ("experiment", tmp_path / "grid.yaml", "-o", made, "--data-root", tiny_data, "--dry-run")
    assert call(monkeypatch, *words) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert message in err


def test_a_checkpoint_lies_beside_the_file_that_names_it(
    tiny_data: Path,
    tiny_checkpoint: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "plans" / "nets").mkdir(parents=True)
    (tmp_path / "here").mkdir()
    file = tmp_path / "plans" / "grid.yaml"
    file.write_text(GRID.format(network="{checkpoint: nets/dense.safetensors}", grid=GOOD))
    monkeypatch.chdir(tmp_path / "here")
    words = ("experiment", "../plans/grid.yaml", "-o", "made", "--data-root", tiny_data, "--jobs", 1)
    assert call(monkeypatch, *words) == 2
    error = "error: ../plans/grid.yaml:2: network.checkpoint: ../plans/nets/dense.safetensors: expected"
    assert capsys.readouterr().err.startswith(error)
    shutil.copy(tiny_checkpoint, tmp_path / "plans" / "nets" / "dense.safetensors")
    succeed(monkeypatch, *words)
    assert len(list((tmp_path / "here" / "made").glob("tops*.safetensors"))) == 2


def test_finished_runs_are_listed_and_not_looked_at_again(
    tiny_data: Path,
    tiny_checkpoint: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copy(tiny_checkpoint, tmp_path / "dense.safetensors")
    (tmp_path / "grid.yaml").write_text(GRID.format(network="{checkpoint: dense.safetensors}", grid=GOOD))
    words = ("experiment", tmp_path / "grid.yaml", "-o", tmp_path / "made", "--data-root", tiny_data)
    succeed(monkeypatch, *words, "--jobs", 1)
    capsys.readouterr()
    monkeypatch.setattr("pruning.experiment.check.check_run", None)
    succeed(monkeypatch, *words, "--dry-run")
    made = sorted(path.name for path in (tmp_path / "made").glob("tops*.safetensors"))
    assert sorted(capsys.readouterr().out.splitlines()) == made
