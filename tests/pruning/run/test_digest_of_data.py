"""What a run's data are: any other image, label, shape or class name is other data."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from pruning_stops import QUICK, after_one_stage, save_with_dropout, stop
from sgd_by_hand import dataset

from pruning.data import Dataset
from pruning.run.prune import is_finished, prune_to_file
from workloads.inputs import InputError


def changed(part: str) -> Callable[[Dataset], Dataset]:
    def change(data: Dataset) -> Dataset:
        tensor = getattr(data, part).clone()
        tensor.flatten()[-1] += 1 if tensor.dtype == torch.float32 else -1
        return replace(data, **{part: tensor})

    return change


CHANGES: dict[str, Callable[[Dataset], Dataset]] = {
    **{part: changed(part) for part in ("train_images", "train_labels", "test_images", "test_labels")},
    "shape": lambda data: replace(
        data, **{part: getattr(data, part).transpose(2, 3) for part in ("train_images", "test_images")}
    ),
    "class names": lambda data: replace(data, class_names=(*data.class_names[:-1], "Other")),
}


def same(data: Dataset) -> Dataset:
    return replace(
        data,
        name="other name",
        description="words",
        source="elsewhere",
        train_images=data.train_images.clone(),
    )


@pytest.mark.parametrize("change", CHANGES)
def test_other_data_have_another_digest(change: str) -> None:
    images = torch.arange(12.0).reshape(2, 1, 2, 3)
    data = replace(dataset(), train_images=images, test_images=images + 1)
    assert CHANGES[change](data).digest != data.digest
    assert same(data).digest == data.digest


def test_images_that_lie_elsewhere_in_memory_are_the_same() -> None:
    images = torch.arange(12.0).reshape(2, 1, 2, 3)
    data = replace(dataset(), train_images=images)
    turned = images.transpose(2, 3).contiguous().transpose(2, 3)
    assert not turned.is_contiguous()
    assert replace(data, train_images=turned).digest == data.digest


@pytest.mark.parametrize("change", ["train_images", "train_labels", "test_images", "test_labels"])
def test_a_stopped_run_goes_on_with_its_own_data_alone(change: str, data: Dataset, tmp_path: Path) -> None:
    path, output = save_with_dropout(tmp_path / "dense.safetensors", data), tmp_path / "p.safetensors"
    config = replace(QUICK, pattern="unstructured", stages=2, steps=1, samples=3, last_steps=0)
    other = CHANGES[change](data)
    assert stop(config, path, data, output, after_one_stage()) is None
    with pytest.raises(InputError, match="data_sha256: expected the state of the same run"):
        prune_to_file(config, path, other, output)
    prune_to_file(config, path, same(data), output)
    assert is_finished(output, config, path, data)
    assert not is_finished(output, config, path, other)
