"""Kill -9, and the same command again: the bytes of a run that nobody killed."""

import signal
from pathlib import Path

import pytest
from crisp_prune_calls import assert_one_line, call, end_when

AFTERWARDS_S = 0.05  # somewhere in the stage that follows


def run_words(data: Path, checkpoint: Path, output: Path) -> list[object]:
    pattern = ("--pattern", "crisp(2:4, block=8)", "--sparsity", 0.8, "--classes", "Coat,Shirt,Bag")
    work = ("--stages", 5, "--steps", 2, "--last-steps", 4, "--saliency", "magnitude")
    return ["run", *pattern, *work, "--data-root", data, "--checkpoint", checkpoint, "-o", output]


def test_run_killed(
    tiny_data: Path,
    tiny_checkpoint: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    whole, parts = tmp_path / "whole.safetensors", tmp_path / "parts" / "parts.safetensors"
    assert call(monkeypatch, *run_words(tiny_data, tiny_checkpoint, whole)) == 0
    assert sorted(tmp_path.iterdir()) == [whole]
    capsys.readouterr()

    words = run_words(tiny_data, tiny_checkpoint, parts)
    unfinished = parts.with_suffix(".unfinished")
    code, told = end_when(unfinished.is_file, *words, after_s=AFTERWARDS_S)
    assert code == -signal.SIGKILL
    assert told == ""
    assert not parts.exists()
    kept = unfinished.read_bytes()

    assert call(monkeypatch, *words) == 2
    assert_one_line(capsys, "parts.unfinished: expected no unfinished run, got one; go on with --resume")
    assert call(monkeypatch, *words, "--seed", 1, "--resume") == 2
    assert_one_line(capsys, "parts.unfinished: seed: expected the state of the same run, 1, got that of")
    assert unfinished.read_bytes() == kept

    assert call(monkeypatch, *words, "--resume") == 0
    assert parts.read_bytes() == whole.read_bytes()
    assert not unfinished.exists()


def test_resume_with_nothing_to_go_on_with_begins(
    tiny_data: Path, tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "p.safetensors"
    words = ("--classes", "1,8", "--sparsity", 0.7, "--stages", 1, "--steps", 0, "--last-steps", 0)
    places = ("--data-root", tiny_data, "--checkpoint", tiny_checkpoint, "-o", output)
    assert call(monkeypatch, "run", *words, *places, "--resume") == 0
    assert list(tmp_path.iterdir()) == [output]


def test_train_killed(tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, parts = tmp_path / "whole.safetensors", tmp_path / "parts.safetensors"
    training = parts.with_suffix(".training")
    words = (
        "train",
        "--option",
        "width=4",
        "--epochs",
        6,
        "--batch-size",
        40,
        "--data-root",
        tiny_data,
        "-o",
    )
    assert call(monkeypatch, *words, whole) == 0
    code, _ = end_when(training.is_file, *words, parts)
    assert code == -signal.SIGKILL
    assert not parts.exists()
    assert call(monkeypatch, *words, parts) == 0
    assert parts.read_bytes() == whole.read_bytes()
    assert not training.exists()


@pytest.mark.parametrize("content", [b"", b"PK", b"no state at all\n"])
def test_an_unfinished_run_that_is_none(
    content: bytes,
    tiny_data: Path,
    tiny_checkpoint: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "p.safetensors"
    state = tmp_path / "p.unfinished"
    state.write_bytes(content)
    assert call(monkeypatch, *run_words(tiny_data, tiny_checkpoint, output), "--resume") == 2
    assert_one_line(capsys, "p.unfinished: expected the state of an unfinished run, got: ")
    assert list(tmp_path.iterdir()) == [state]
    assert state.read_bytes() == content
