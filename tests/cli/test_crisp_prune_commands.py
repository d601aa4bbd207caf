"""The commands of crisp-prune on tiny real input."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from crisp_prune_calls import succeed


def test_run_evaluate_inspect(
    tiny_data: Path,
    tiny_checkpoint: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "p.safetensors"
    quick = ("--stages", 2, "--steps", 1, "--last-steps", 1, "--data-root", tiny_data)
    pattern = ("--pattern", "crisp(2:4, block=8)", "--sparsity", 0.85)
    words = ("--classes", "Pullover,coat", "--checkpoint", tiny_checkpoint, *pattern, *quick)
    succeed(monkeypatch, "run", *words, "-o", file, "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["classes"] == [2, 4]

    succeed(monkeypatch, "evaluate", file, "--data-root", tiny_data, "--json")
    found = json.loads(capsys.readouterr().out)
    assert found["accuracy"] == told["accuracy"]
    assert found["sparsity"] == pytest.approx(0.85, abs=0.005)
    assert found["class_names"] == ["Pullover", "Coat"]

    succeed(monkeypatch, "inspect", file, "--json")
    layers = json.loads(capsys.readouterr().out)["layers"]
    assert layers[1]["obeys"] == "2:4"
    assert layers[1]["blocks_per_row"][0] == layers[1]["blocks_per_row"][1] >= 1

    succeed(monkeypatch, "inspect", file)
    assert "layer3.2.conv2" in capsys.readouterr().out
    succeed(monkeypatch, "evaluate", file, "--data-root", tiny_data, "--classes", "0,1,2")
    assert "accuracy" in capsys.readouterr().out


def test_train_and_dry_run(
    tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "dense.safetensors"
    succeed(monkeypatch, "train", "--option", "width=4", "--epochs", 1, "--data-root", tiny_data, "-o", file)
    assert "accuracy" in capsys.readouterr().out
    succeed(monkeypatch, "inspect", file, "--pattern", "block(block=4)", "--sparsity", 0.5, "--json")
    layers = json.loads(capsys.readouterr().out)["layers"]
    assert layers[0]["why"] == "first layer"
    succeed(monkeypatch, "inspect", file, "--pattern", "nm(2:4)")
    assert "prunable" in capsys.readouterr().out
    succeed(monkeypatch, "inspect", file, "--pattern", "channel(multiple=2)", "--sparsity", 0.5)
    told = capsys.readouterr().out
    assert "channels by l1" in " ".join(told.split())
    assert "of 16 channels" in " ".join(told.split())


@pytest.mark.parametrize("command", ["list", "data", "train", "run", "evaluate", "inspect", "experiment"])
def test_help_ends_with_an_example(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    succeed(monkeypatch, command, "--help")
    assert capsys.readouterr().out.strip().splitlines()[-1].strip().startswith("Example: crisp-prune")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['crisp-prune', '--help']\n"
        "from pruning.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "assert not {'torch', 'numba', 'numpy', 'matplotlib'} & set(sys.modules), 'heavy import'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
