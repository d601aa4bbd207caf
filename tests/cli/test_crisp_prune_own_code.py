"""crisp-prune with the user's own network: options of every type, and what goes wrong in torch."""

from pathlib import Path

import pandas as pd
import pytest
from crisp_prune_calls import assert_one_line, call, name_own_network

from pruning.files.checkpoint import load_checkpoint

OWN = """
from torch import nn

def net(num_classes, in_channels=1, norm=True, **others):
    assert list(map(type, others.values())) in ([], [bool, int, float, float, str, str]), others
    return nn.Sequential(
        nn.Conv2d(in_channels, 8, 3, 2), nn.AdaptiveAvgPool2d(1),
        *([nn.BatchNorm2d(8)] if norm else []), nn.Flatten(), nn.Linear(8, num_classes),
    )
"""

GRID = """\
data: fashion_mnist
network: {{model: "{own}", epochs: 1}}
classes: {{two: "4,2"}}
base: {{stages: 1, steps: 1, last_steps: 0, activation_samples: 0, samples: 4, calibration: 8, sparsity: 0.5}}
grids: [{{pattern: unstructured, batch_size: [1, 8]}}]
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    return name_own_network(tmp_path, monkeypatch, "own_code_of_mine", OWN)


def test_options_are_what_they_look_like(
    own: str, tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dense = tmp_path / "dense.safetensors"
    train = ("train", "--model", own, "--data-root", tiny_data, "--epochs", 1, "-o", dense)
    words = ("norm=False", "a=tRUE", "b=-7", "c=0.5", "d=1e-3", "e=null", "f=1.5x")
    assert call(monkeypatch, *train, *(part for word in words for part in ("--option", word))) == 0
    model, info = load_checkpoint(dense)
    expected = {"norm": False, "a": True, "b": -7, "c": 0.5, "d": 1e-3, "e": "null", "f": "1.5x"}
    assert info.options == {"num_classes": 10, "in_channels": 1, **expected}
    assert not any("running_mean" in name for name in model.state_dict())


def test_a_number_that_is_none(
    own: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for word, message in (
        ("a=1e999", "--option a: expected a number below 1.8e308, got 1e999"),
        (f"a={'9' * 5000}", "--option a: expected a number of at most 400 digits, got 5000"),
    ):
        words = ("train", "--model", own, "--option", word, "-o", tmp_path / "dense.safetensors")
        assert call(monkeypatch, *words) == 2
        assert_one_line(capsys, message)


def test_training_in_batches_that_batch_norm_does_not_take(
    own: str,
    tiny_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ("train", "--model", own, "--data-root", tiny_data, "--batch-size", 1)
    assert call(monkeypatch, *words, "-o", tmp_path / "made" / "dense.safetensors") == 2
    assert_one_line(
        capsys, f"training: expected {own} to take batches of 1, got the error: ValueError: Expected"
    )
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_run_that_torch_ends_is_a_row_and_the_others_go_on(
    own: str,
    jobs: int,
    tiny_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file, folder = tmp_path / "grid.yaml", tmp_path / "made"
    file.write_text(GRID.format(own=own))
    words = ("experiment", file, "-o", folder, "--data-root", tiny_data, "--jobs", jobs, "--model", own)
    assert call(monkeypatch, *words) == 2
    out, err = capsys.readouterr()
    assert out.startswith("2 runs in ")
    assert "ValueError: Expected more than 1 value per channel" in err
    assert err.endswith("(1 of 2 runs failed)\n")
    assert err.count("\n") == 1
    rows = pd.read_csv(folder / "runs.csv")
    assert rows["error"].notna().tolist() == [True, False]
    assert rows["error"][0].startswith("ValueError: ")
    assert rows["file"].notna().tolist() == [False, True]
