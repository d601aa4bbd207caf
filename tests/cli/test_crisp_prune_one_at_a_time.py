"""An output that another run holds, Ctrl-C, and a disk that is full: one line, and nothing lost."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from crisp_prune_calls import assert_one_line, call, succeed

from workloads.inputs import locked, locked_file

PRUNE = ("run", "--classes", "Coat,Shirt,Bag", "--sparsity", 0.7, "--pattern", "unstructured")
FULL = "expected a place that can be written, got: [Errno 27] File too large"
SHORT = ("--stages", 3, "--steps", 1, "--last-steps", 1, "--saliency", "magnitude")


@pytest.fixture
def run(tiny_data: Path, tiny_checkpoint: Path, tmp_path: Path) -> tuple[object, ...]:
    """A run into ``p.safetensors``."""
    places = ("--data-root", tiny_data, "--checkpoint", tiny_checkpoint, "-o", tmp_path / "p.safetensors")
    return (*PRUNE, *SHORT, *places)


def test_a_second_run_names_the_first(
    run: tuple[object, ...],
    tiny_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "p.safetensors"
    train = ("train", "--option", "width=4", "--epochs", 1, "--data-root", tiny_data, "-o", output)
    (tmp_path / "p.unfinished").touch()  # of the first, which has finished a stage
    with locked_file(output):
        for words in (run, train):
            assert call(monkeypatch, *words) == 2
            assert_one_line(
                capsys,
                f"p.safetensors: expected an output that no other run is writing, got one"
                f" that process {os.getpid()} holds",
            )
    assert list(tmp_path.iterdir()) == [tmp_path / "p.unfinished"]


def test_a_second_experiment_names_the_first(
    tiny_data: Path,
    tiny_checkpoint: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "grid.yaml").write_text(
        f"data: fashion_mnist\nnetwork: {{checkpoint: {tiny_checkpoint}}}\nclasses: {{a: '2,4'}}\n"
        "grids: [{pattern: dense, sparsity: 0, stages: 1, steps: 0, last_steps: 0}]\n"
    )
    words = ("experiment", tmp_path / "grid.yaml", "-o", tmp_path / "made", "--data-root", tiny_data)
    with locked(tmp_path / "made"):
        assert call(monkeypatch, *words, "--jobs", 1) == 2
        assert_one_line(
            capsys,
            f"made: expected an output that no other run is writing, got one that process"
            f" {os.getpid()} holds",
        )
        succeed(monkeypatch, *words, "--dry-run")  # looks, and writes nothing
    assert not (tmp_path / "made").exists()


def test_ctrl_c_names_resume_once_there_is_something_to_go_on_with(
    run: tuple[object, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from pruning.files.state import StateFile

    keep = StateFile.keep

    def interrupted(self: StateFile, state: dict[str, object]) -> None:
        keep(self, state)
        raise KeyboardInterrupt

    def at_once(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(StateFile, "keep", at_once)
    assert call(monkeypatch, *run) == 130
    assert capsys.readouterr() == ("", "stopped\n")
    monkeypatch.setattr(StateFile, "keep", interrupted)
    assert call(monkeypatch, *run) == 130
    unfinished = tmp_path / "p.unfinished"
    told = f"stopped; {unfinished} keeps every finished stage: go on with --resume\n"
    assert capsys.readouterr() == ("", told)
    assert list(tmp_path.iterdir()) == [unfinished]
    monkeypatch.setattr(StateFile, "keep", keep)
    succeed(monkeypatch, *run, "--resume")


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """While open, no file of this process grows beyond ``size`` bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_run_whose_disk_is_full_goes_on_when_there_is_room(
    run: tuple[object, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    whole = tmp_path / "whole.safetensors"
    succeed(monkeypatch, *run[:-1], whole)
    capsys.readouterr()
    with room_for(1000):  # no room for a stage
        assert call(monkeypatch, *run) == 2
    assert_one_line(capsys, f"p.unfinished: {FULL}")
    assert list(tmp_path.iterdir()) == [whole]
    from pruning.run import prune as runs

    real = runs.write_artifact

    def full(path: Path, network: object) -> None:
        with room_for(1000):
            real(path, network)  # type: ignore[arg-type]

    monkeypatch.setattr(runs, "write_artifact", full)  # room for stages, and not for the result
    assert call(monkeypatch, *run) == 2
    assert_one_line(capsys, f"p.safetensors: {FULL}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p.unfinished", "whole.safetensors"]
    monkeypatch.setattr(runs, "write_artifact", real)
    succeed(monkeypatch, *run, "--resume")
    assert (tmp_path / "p.safetensors").read_bytes() == whole.read_bytes()
    assert not (tmp_path / "p.unfinished").exists()


def test_training_whose_disk_is_full_goes_on_when_there_is_room(
    tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("train", "--option", "width=4", "--epochs", 3, "--data-root", tiny_data, "-o")
    whole, parts = tmp_path / "whole.safetensors", tmp_path / "parts.safetensors"
    succeed(monkeypatch, *words, whole)
    capsys.readouterr()
    from pruning.files.state import StateFile

    keep = StateFile.keep

    def full(self: StateFile, state: dict[str, object]) -> None:
        if state["epoch"] == 1:
            return keep(self, state)
        with room_for(1000):
            return keep(self, state)

    monkeypatch.setattr(StateFile, "keep", full)
    assert call(monkeypatch, *words, parts) == 2
    assert_one_line(capsys, f"parts.training: {FULL}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["parts.training", "whole.safetensors"]
    monkeypatch.setattr(StateFile, "keep", keep)
    succeed(monkeypatch, *words, parts)
    assert parts.read_bytes() == whole.read_bytes()
