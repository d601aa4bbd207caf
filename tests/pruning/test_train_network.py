"""Training from scratch: stopped and resumed, and what it refuses."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from pruning_stops import FACTORY, Stopped, at_call
from torch import nn

from pruning.checkpoint import load_checkpoint
from pruning.data import Dataset, load_fashion_mnist
from pruning.models import allow_factory
from pruning.train import TrainConfig, train_network, training_notes
from workloads.inputs import InputError

QUICK = TrainConfig(FACTORY, {}, epochs=3, batch_size=40)  # four steps an epoch


@pytest.fixture(scope="module")
def data(tiny_data: Path) -> Dataset:
    allow_factory(FACTORY)
    return load_fashion_mnist(tiny_data)


@pytest.mark.parametrize("calls", [5, 8, 9, 12])
def test_stopped_anywhere_it_gives_the_same_bytes(calls: int, data: Dataset, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole.safetensors", tmp_path / "parts.safetensors"
    train_network(QUICK, data, whole)
    with pytest.raises(Stopped):
        train_network(QUICK, data, parts, at_call(calls))
    assert parts.with_suffix(".training").is_file()
    assert not parts.exists()
    torch.manual_seed(987)
    work: list[int] = []
    train_network(QUICK, data, parts, lambda done, *_: work.append(done))
    assert work == list(range(calls - (calls - 1) % 4, 13))  # from the start of the epoch in flight
    assert parts.read_bytes() == whole.read_bytes()
    assert sorted(tmp_path.iterdir()) == [parts, whole]


@pytest.mark.parametrize(
    ("changes", "other_data", "name"),
    [
        ({"epochs": 4}, False, "epochs: expected the state of the same run, 4, got that of another, 3"),
        ({"seed": 1}, False, "seed: "),
        ({"learning_rate": 0.1}, False, "learning_rate: "),
        ({}, True, "data_sha256: "),
    ],
)
def test_the_state_of_another_training_is_refused(
    changes: dict[str, int], other_data: bool, name: str, data: Dataset, tmp_path: Path
) -> None:
    path = tmp_path / "dense.safetensors"
    with pytest.raises(Stopped):
        train_network(QUICK, data, path, at_call(6))
    kept = path.with_suffix(".training").read_bytes()
    other = replace(data, train_images=data.train_images.flip(3)) if other_data else data
    with pytest.raises(InputError, match=rf"dense\.training: {name}.*; delete it to begin anew"):
        train_network(replace(QUICK, **changes), other, path)
    assert path.with_suffix(".training").read_bytes() == kept
    assert not path.exists()


def frozen(num_classes: int) -> nn.Module:
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, num_classes))
    return model.requires_grad_(False)


def colour() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 2, 3), nn.Flatten(), nn.Linear(2 * 26 * 26, 10))


def few_logits() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 4))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda: {"learning_rate": -1.0}, "learning_rate: expected more than 0, got -1"),
        (lambda: {"learning_rate": float("nan")}, "learning_rate: expected more than 0, got nan"),
        (lambda: {"epochs": 0}, "epochs: expected a whole number of at least 1, got 0"),
        (lambda: {"batch_size": 0}, "batch_size: expected a whole number of at least 1, got 0"),
        (lambda: {"seed": -1}, "seed: expected a whole number of at least 0, got -1"),
        (lambda: {"learning_rate": 1e30}, "training: expected a finite loss, got (nan|inf) in step"),
        (lambda: {"model": "resnet_20"}, "did you mean 'resnet20'"),
        (lambda: {"model": "resnet20", "options": {"widht": 4}}, "got 'widht'; did you mean 'width'"),
        (
            lambda: {"model": "resnet20", "options": {"width": "wide"}},
            r"expected resnet20\(.*width=wide\) to take images \(1, 28, 28\), got the error: ",
        ),
        (lambda: {"model": "resnet20", "options": {"width": -4}}, r"got the error: .*negative"),
        (
            lambda: {"model": "resnet20", "options": {"num_classes": 4}},
            r"expected resnet20 to give 10 logits",
        ),
        (lambda: {"model": own("colour")}, r"to take images \(1, 28, 28\), got the error: .*channels"),
        (lambda: {"model": own("few_logits")}, r"give 10 logits an image.*, got the shape \[1, 4\]"),
        (lambda: {"model": own("frozen")}, "training: expected weights that require a gradient, got none"),
    ],
)
def test_what_training_refuses(
    change: Callable[[], dict[str, object]], message: str, data: Dataset, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message):
        train_network(replace(QUICK, **change()), data, tmp_path / "dense.safetensors")
    assert not list(tmp_path.iterdir())


def own(factory: str) -> str:
    """The name of a factory of this file, which the user has named."""
    name = f"{__name__}:{factory}"
    allow_factory(name)
    return name


def test_a_checkpoint_says_how_it_was_made(data: Dataset, tmp_path: Path) -> None:
    made = train_network(replace(QUICK, epochs=1, seed=5), data, tmp_path / "dense.safetensors")
    _, info = load_checkpoint(tmp_path / "dense.safetensors")
    assert info == made
    assert (info.notes["epochs"], info.notes["seed"]) == (1, 5)
    assert info.notes == training_notes(replace(QUICK, epochs=1, seed=5))
    assert info.options == {"num_classes": 10}
