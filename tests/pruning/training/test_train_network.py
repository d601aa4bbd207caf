"""Training from scratch: stopped and resumed, what it refuses, and what its checkpoint says."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from pruning_stops import FACTORY, Stopped, at_call
from refusals import refusal
from torch import Tensor, nn

from pruning.data import Dataset, load_fashion_mnist
from pruning.files.checkpoint import load_checkpoint
from pruning.models import allow_factory
from pruning.training.accuracy import accuracy
from pruning.training.config import TrainConfig, training_notes
from pruning.training.train import train_network
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


EDITED: list[Callable[[], list[nn.Module]]] = []  # what a factory makes since its user edited it


def edited() -> nn.Module:
    return nn.Sequential(nn.Flatten(), *EDITED[-1](), nn.Linear(784, 10))


class WithBuffer(nn.Module):
    """A number for each pixel, trained or not."""

    def __init__(self, trained: bool) -> None:
        super().__init__()
        if trained:
            self.scale = nn.Parameter(torch.ones(784))
        else:
            self.register_buffer("scale", torch.ones(784))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scale


class Swapped(nn.Module):
    """Two linear layers whose names come in this order or in the other."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__()
        self.add_module(first, nn.Linear(784, 784))
        self.add_module(second, nn.Linear(784, 784))

    def forward(self, x: Tensor) -> Tensor:
        return self.get_submodule("a")(self.get_submodule("b")(x))


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            lambda: [],
            lambda: [nn.ReLU(), nn.Linear(784, 784)],
            r"lacks '2\.bias', '2\.weight', '3\.bias' and",
        ),
        (lambda: [Swapped("a", "b")], lambda: [Swapped("b", "a")], "has its tensors in another order"),
        (lambda: [WithBuffer(True)], lambda: [WithBuffer(False)], "has other tensors to train"),
    ],
)
def test_the_state_of_a_factory_that_was_edited_since(
    before: Callable[[], list[nn.Module]],
    after: Callable[[], list[nn.Module]],
    message: str,
    data: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(f"{__name__}.EDITED", [before])
    path, config = tmp_path / "dense.safetensors", replace(QUICK, model=own("edited"))
    with pytest.raises(Stopped):
        train_network(config, data, path, at_call(6))
    EDITED.append(after)
    said = refusal(train_network, config, data, path)
    assert re.search(rf"dense\.training: .*of another, which {message}", said)
    assert said.endswith("; delete it to begin anew")
    path.with_suffix(".training").unlink()
    train_network(replace(config, epochs=1), data, path)


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
        (lambda: {"seed": -1}, "seed: expected a whole number of at least 0 and less than 2\\^63, got -1"),
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
        (
            lambda: {"model": "mobilenet_v2", "batch_size": 1},
            "training: expected mobilenet_v2 to take batches of 1, got the error: ValueError: Expected more",
        ),
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


class Rounded(nn.Module):
    """Logits that say class 0 with 32 bits and class 3 with 16, whatever the image."""

    def __init__(self) -> None:
        super().__init__()
        one, other = torch.zeros(10), torch.zeros(10)
        one[0] = other[0] = 1.0004  # 1 in 16 bits
        one[3], other[3] = 1.0006, 1.0  # the first is 1.001 in 16 bits
        self.one, self.other = nn.Parameter(one), nn.Parameter(other)
        self.layer = nn.Linear(28 * 28, 10)  # without one it would be no network to prune

    def forward(self, x: Tensor) -> Tensor:
        return self.one + self.other + 0 * self.layer(x.flatten(1))


def test_the_accuracy_is_that_of_the_network_in_the_file(data: Dataset, tmp_path: Path) -> None:
    path, few = tmp_path / "dense.safetensors", data.test_labels == 0
    easy = replace(data, test_images=data.test_images[few], test_labels=data.test_labels[few])
    config = replace(QUICK, model=own("Rounded"), epochs=1, learning_rate=1e-12)
    assert accuracy(Rounded(), easy.test_images, easy.test_labels) == 1
    made = train_network(config, easy, path)
    model, info = load_checkpoint(path)
    assert info.accuracy == made.accuracy == accuracy(model, easy.test_images, easy.test_labels) == 0
