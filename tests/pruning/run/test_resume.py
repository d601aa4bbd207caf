"""A run that was stopped goes on to the bytes of one that never was, and takes up no other run's state."""

import pickle
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from pruning_stops import QUICK, after_one_stage, at_call, save_with_dropout, stop
from refusals import refusal

from pruning.data import Dataset
from pruning.files.checkpoint import load_checkpoint, save_checkpoint
from pruning.files.state import StateFile
from pruning.run.config import RunConfig
from pruning.run.prune import prune_to_file, state_beside
from workloads.artifact import read_artifact
from workloads.inputs import InputError

SMALL = replace(QUICK, pattern="crisp(2:4, block=8)", sparsity=0.7, stages=3, steps=1)


@pytest.fixture(scope="module")
def checkpoint(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_with_dropout(tmp_path_factory.mktemp("dense") / "dropout.safetensors", data)


def run_stage_by_stage(config: RunConfig, checkpoint: Path, data: Dataset, output: Path) -> int:
    """How often the run was stopped, each time as soon as it had done one more stage."""
    stops = 0
    while stop(config, checkpoint, data, output, after_one_stage()) is None:
        stops += 1
        assert state_beside(output).is_file()
        assert not output.exists()
        assert stops < config.stages
    return stops


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"pattern": "unstructured", "schedule": "cubic", "saliency_classes": "all"},
        {"sr_ste_decay": 2e-4, "schedule": "decaying_nm", "pattern": "crisp(1:4, block=8)", "sparsity": 0.75},
        {"distill": 0.5},
        {"head": "classes", "distill": 0.3},
        {"saliency": "movement(batch_size=4)"},
        {"saliency": "random(seed=3)", "activation_samples": 0},
        {"pattern": "dense"},
        {"schedule": "one_shot", "values": "float32", "learning_rate": 0.2},
    ],
    ids=lambda changes: " ".join(map(str, changes.values())) or "crisp",
)
def test_a_run_stopped_at_every_stage_gives_the_same_bytes(
    changes: dict[str, object], checkpoint: Path, data: Dataset, tmp_path: Path
) -> None:
    config = replace(SMALL, **changes)
    whole, parts = tmp_path / "whole.safetensors", tmp_path / "parts.safetensors"
    prune_to_file(config, checkpoint, data, whole)
    assert run_stage_by_stage(config, checkpoint, data, parts) == config.stages - 1
    assert parts.read_bytes() == whole.read_bytes()
    assert sorted(tmp_path.iterdir()) == [parts, whole]


@pytest.mark.parametrize("calls", [4, 11, 14, 25, 31])
def test_a_run_stopped_anywhere_gives_the_same_bytes(
    calls: int, checkpoint: Path, data: Dataset, tmp_path: Path
) -> None:
    whole, parts = tmp_path / "whole.safetensors", tmp_path / "parts.safetensors"
    prune_to_file(SMALL, checkpoint, data, whole)
    assert stop(SMALL, checkpoint, data, parts, at_call(calls)) is None
    assert stop(SMALL, checkpoint, data, parts, at_call(calls)) is None or calls > 13
    prune_to_file(SMALL, checkpoint, data, parts)
    assert parts.read_bytes() == whole.read_bytes()


def test_progress_goes_on_where_it_was(checkpoint: Path, data: Dataset, tmp_path: Path) -> None:
    output = tmp_path / "p.safetensors"
    stop(SMALL, checkpoint, data, output, after_one_stage())
    work: list[tuple[int, int]] = []
    prune_to_file(SMALL, checkpoint, data, output, lambda done, total, _: work.append((done, total)))
    one_stage = SMALL.samples + SMALL.steps * SMALL.batch_size
    assert work[0][0] == one_stage + 1
    assert work[-1][0] == work[-1][1] == 3 * one_stage + SMALL.last_steps * SMALL.batch_size


def test_a_run_killed_just_before_its_end_is_repeated_from_the_last_stage(
    checkpoint: Path, data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "p.safetensors"
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", lambda *_, **__: None)  # killed between artifact and clean-up
        prune_to_file(SMALL, checkpoint, data, output)
    first = output.read_bytes()
    assert state_beside(output).is_file()
    work: list[int] = []
    prune_to_file(SMALL, checkpoint, data, output, lambda done, *_: work.append(done))
    assert not work
    assert output.read_bytes() == first
    assert not state_beside(output).exists()


def _other_checkpoint(checkpoint: Path, data: Dataset, folder: Path) -> tuple[RunConfig, Path, Dataset]:
    model, info = load_checkpoint(checkpoint)
    with torch.no_grad():
        model.get_submodule("0").bias += 0.5
    save_checkpoint(folder / "other.safetensors", model, info)
    return SMALL, folder / "other.safetensors", data


def _other_images(checkpoint: Path, data: Dataset, _: Path) -> tuple[RunConfig, Path, Dataset]:
    return SMALL, checkpoint, replace(data, train_images=data.train_images.flip(3))


def _other_labels(checkpoint: Path, data: Dataset, _: Path) -> tuple[RunConfig, Path, Dataset]:
    return SMALL, checkpoint, replace(data, test_labels=data.test_labels.flip(0))


def _other_sparsity(checkpoint: Path, data: Dataset, _: Path) -> tuple[RunConfig, Path, Dataset]:
    return replace(SMALL, sparsity=0.6), checkpoint, data


def _other_classes(checkpoint: Path, data: Dataset, _: Path) -> tuple[RunConfig, Path, Dataset]:
    return replace(SMALL, classes=(2, 6, 4)), checkpoint, data


@pytest.mark.parametrize(
    ("other", "name"),
    [
        (_other_checkpoint, "checkpoint_sha256"),
        (_other_images, "data_sha256"),
        (_other_labels, "data_sha256"),
        (_other_sparsity, r"sparsity: expected the state of the same run, 0\.6, got that of another, 0\.7"),
        (_other_classes, r"classes: .*\[2, 6, 4\], got that of another, \[2, 4, 6\]"),
    ],
)
def test_the_state_of_another_run_is_refused(
    other: Callable[[Path, Dataset, Path], tuple[RunConfig, Path, Dataset]],
    name: str,
    checkpoint: Path,
    data: Dataset,
    tmp_path: Path,
) -> None:
    output = tmp_path / "p.safetensors"
    stop(SMALL, checkpoint, data, output, after_one_stage())
    kept = state_beside(output).read_bytes()
    with pytest.raises(InputError, match=name):
        prune_to_file(*other(checkpoint, data, tmp_path), output)
    assert state_beside(output).read_bytes() == kept
    assert not output.exists()
    prune_to_file(SMALL, checkpoint, data, output)
    assert read_artifact(output).provenance["run"]["sparsity"] == SMALL.sparsity


def test_a_state_of_other_threads_is_refused(checkpoint: Path, data: Dataset, tmp_path: Path) -> None:
    """Sums over two threads round differently: the bits would be another run's."""
    output = tmp_path / "p.safetensors"
    stop(SMALL, checkpoint, data, output, after_one_stage())
    before = torch.get_num_threads()
    torch.set_num_threads(before + 1)
    try:
        with pytest.raises(
            InputError, match=f"threads: expected .* same run, {before + 1}, got .*, {before};"
        ):
            prune_to_file(SMALL, checkpoint, data, output)
    finally:
        torch.set_num_threads(before)
    assert state_beside(output).is_file()


def test_a_state_with_any_bit_flipped_is_refused_or_says_the_same(tmp_path: Path) -> None:
    state, kept = StateFile(tmp_path / "p.unfinished", {"seed": 1}), {"weights": torch.randn(40), "done": 7}
    state.keep(kept)
    whole, refused = state.path.read_bytes(), 0
    for place in range(0, len(whole), 25):
        state.path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            found = state.resume()
        except InputError:
            refused += 1
            continue
        assert found is not None
        assert found["done"] == 7
        assert torch.equal(found["weights"], kept["weights"])
    assert refused > 20


class Dangerous:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self.marker,)


def _broken(kind: str, whole: bytes, path: Path, marker: Path) -> None:
    if kind == "saved code":
        torch.save({"key": {}, "state": Dangerous(marker), "random": torch.get_rng_state()}, path)
    elif kind == "saved list":
        torch.save([1, 2], path)
    elif kind == "no random state":
        torch.save({"key": {}, "state": {}, "random": torch.zeros(3)}, path)
    elif kind == "one bit":
        with zipfile.ZipFile(path) as archive:
            largest = max(archive.infolist(), key=lambda item: item.file_size)
        flipped = bytearray(whole)
        flipped[largest.header_offset + largest.file_size] ^= 16  # a name and padding go before the numbers
        path.write_bytes(flipped)
    else:
        path.write_bytes(
            {
                "empty": b"",
                "cut": whole[: len(whole) // 2],
                "cut at its end": whole[:-20],
                "text": b"state\n",
                "pickled code": pickle.dumps(Dangerous(marker)),
            }[kind]
        )


KINDS = (
    "empty",
    "cut",
    "cut at its end",
    "one bit",
    "text",
    "pickled code",
    "saved code",
    "saved list",
    "no random state",
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_no_state_is_refused_and_left_alone(
    kind: str, checkpoint: Path, data: Dataset, tmp_path: Path
) -> None:
    output, marker = tmp_path / "p.safetensors", tmp_path / "marker"
    state = state_beside(output)
    config = replace(SMALL, pattern="unstructured", samples=1)
    stop(config, checkpoint, data, output, after_one_stage())
    _broken(kind, state.read_bytes(), state, marker)
    before = state.read_bytes()
    said = refusal(prune_to_file, config, checkpoint, data, output)
    assert said.startswith(f"{state}: expected the state of an unfinished run, got: ")
    assert said.endswith("; delete it to begin anew")
    assert state.read_bytes() == before
    assert list(tmp_path.iterdir()) == [state]  # no artifact, and no code was run
