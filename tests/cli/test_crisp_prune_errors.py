"""Bad input to crisp-prune: one line on standard error and a non-zero exit, never a traceback."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from crisp_prune_calls import assert_one_line, call
from safetensors.numpy import save_file


@pytest.fixture(scope="module")
def pruned(tiny_data: Path, tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pruned") / "p.safetensors"
    with pytest.MonkeyPatch.context() as patch:
        quick = ("--stages", 1, "--steps", 1, "--last-steps", 0, "--data-root", tiny_data, "--sparsity", 0.8)
        words = ("run", "--classes", "2,4,6", "--checkpoint", tiny_checkpoint, *quick, "-o", path)
        assert call(patch, *words) == 0
    return path


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"--classes": "2,12"}, "expected labels from 0 to 9, got 12"),
        ({"--classes": ""}, "expected at least two class labels, got []"),
        ({"--classes": "2"}, "expected at least two class labels, got [2]"),
        ({"--classes": "2,2"}, "expected distinct labels"),
        ({"--classes": "Coat,Shrit"}, "did you mean 'Shirt'"),
        ({"--sparsity": "0.9999"}, "sparsity: expected at most 0."),
        ({"--sparsity": "1.5"}, "sparsity: expected at least 0 and less than 1, got 1.5"),
        ({"--sparsity": "lots"}, "Invalid value for '--sparsity'"),
        ({"--pattern": "crips(2:4, block=16)"}, "did you mean 'crisp'"),
        ({"--pattern": "crisp(2:4, blok=16)"}, "did you mean 'block'"),
        ({"--pattern": "crisp(2:4, block=-16)"}, "block: expected"),
        ({"--pattern": "crisp(2:4"}, "expected name or name(argument, ...)"),
        ({"--checkpoint": "missing.safetensors"}, "missing.safetensors: expected a checkpoint"),
        ({"--data-root": "nowhere"}, "nowhere: expected the Fashion-MNIST file"),
        ({"--stages": "0"}, "stages: expected a whole number from 1 to 10000, got 0"),
        ({"--steps": "-1"}, "steps: expected a whole number of at least 0"),
        ({"--learning-rate": "0"}, "learning_rate: expected more than 0"),
        ({"--schedule": "cubik"}, "did you mean 'cubic'"),
        ({"--seed": "-1"}, "seed: expected a whole number of at least 0"),
        (
            {"--model": "resnet_20"},
            "model: expected a known network, got 'resnet_20'; did you mean 'resnet20'?",
        ),
        ({"--leave": ""}, "leave: expected a parameter or module of the network, got ''"),
        ({"--data": ""}, "data: expected name or name(argument, ...), got ''"),
        ({"-o": "out.pt"}, "expected a name that ends in .safetensors"),
        ({"--bogus": "1"}, "No such option: --bogus"),
    ],
)
def test_run(
    changes: dict[str, str],
    message: str,
    tiny_data: Path,
    tiny_checkpoint: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    good = {
        "--classes": "2,4,6",
        "--checkpoint": str(tiny_checkpoint),
        "--data-root": str(tiny_data),
        "--steps": "0",
        "--last-steps": "0",
        "-o": str(tmp_path / "out.safetensors"),
    }
    words = [word for pair in (good | changes).items() for word in pair]
    assert call(monkeypatch, "run", *words) == 2
    assert_one_line(capsys, message)
    assert not (tmp_path / "out.safetensors").exists()


def test_files_that_are_no_artifact(
    pruned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = pruned.read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "header.safetensors").write_bytes(whole[:4])
    (tmp_path / "empty.safetensors").write_bytes(b"")
    (tmp_path / "pickle.safetensors").write_bytes(pickle.dumps({"weights": [1, 2, 3]}))
    save_file({"x": np.zeros(3, np.float32)}, tmp_path / "foreign.safetensors")
    for name, message in (
        ("cut", "expected a safetensors file"),
        ("header", "expected a safetensors file"),
        ("empty", "expected a safetensors file"),
        ("pickle", "expected a safetensors file"),
        ("foreign", "expected a pruned network, got safetensors without"),
        ("missing", "expected a pruned network (.safetensors), got no such file"),
    ):
        for command in ("evaluate", "inspect"):
            assert call(monkeypatch, command, tmp_path / f"{name}.safetensors") == 2
            assert_one_line(capsys, message)


def test_files_that_are_no_checkpoint(
    pruned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pickle.safetensors").write_bytes(pickle.dumps({"weights": [1, 2, 3]}))
    for path, message in (
        (tmp_path / "pickle.safetensors", "expected a safetensors checkpoint"),
        (pruned, "expected a checkpoint of crisp-prune"),
    ):
        assert call(monkeypatch, "inspect", path, "--pattern", "nm(2:4)") == 2
        assert_one_line(capsys, message)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["train"], "Missing option"),
        (["prune"], "No such command 'prune'"),
        (["evaluate"], "Missing argument"),
    ],
)
def test_wrong_words(
    words: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, *words) == 2
    assert_one_line(capsys, message)


def test_evaluate_on_classes_out_of_range(
    pruned: Path, tiny_data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "evaluate", pruned, "--classes", "1,10", "--data-root", tiny_data) == 2
    assert_one_line(capsys, "expected labels from 0 to 9, got 10")


def test_ctrl_c_is_one_line_and_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pruning.files.pruned.read_artifact", interrupt)
    assert call(monkeypatch, "inspect", "p.safetensors") == 130
    assert capsys.readouterr() == ("", "stopped\n")
