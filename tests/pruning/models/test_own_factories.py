"""Factories of the user's that fail, that give something odd, or that take options of any name."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from refusals import refusal
from torch import Tensor, nn

from pruning.data import Dataset
from pruning.files.checkpoint import CheckpointInfo, load_checkpoint, save_checkpoint
from pruning.models import allow_factory, build_model, model_options
from pruning.training.config import TrainConfig
from pruning.training.train import network_options, train_network
from workloads.inputs import InputError


def plain(num_classes: int = 10, in_channels: int = 1) -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(in_channels * 784, num_classes))


def no_key() -> nn.Module:
    return {"a": plain()}["b"]


def not_so() -> nn.Module:
    raise AssertionError


def no_file() -> nn.Module:
    return torch.load("no_such_weights.pt")


class OddForward(nn.Module):
    """Computes logits and then does something else with them."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind, self.net = kind, plain()

    def forward(self, x: Tensor) -> Any:
        logits = self.net(x)
        if self.kind == "index":
            return [logits][1]
        if self.kind == "lines":
            raise RuntimeError("first\nsecond")
        if self.kind == "late" and self.training:
            raise LookupError("only when it is trained")
        return {"tuple": (logits, logits), "dict": {"logits": logits}, "none": None}.get(self.kind, logits)


def odd(kind: str) -> nn.Module:
    return OddForward(kind)


def anything(**options: Any) -> nn.Module:
    assert not options.pop("bias", False)
    return plain(**options)


def width_and_more(width: int, /, *rest: int, num_classes: int = 10, **options: Any) -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(width + sum(rest), num_classes, **options))


def own(factory: str) -> str:
    """The name of a factory of this file, which the user has named."""
    name = f"{__name__}:{factory}"
    allow_factory(name)
    return name


@pytest.mark.parametrize(
    ("factory", "options", "message"),
    [
        ("no_key", {}, r"expected \S+:no_key to make a network, got from it: KeyError: 'b'$"),
        ("not_so", {}, "got from it: AssertionError$"),
        ("no_file", {}, "got from it: FileNotFoundError: .*no_such_weights"),
        (
            "odd",
            {"kind": "index"},
            r"to take images \(1, 28, 28\), got the error: IndexError: list index out",
        ),
        ("odd", {"kind": "lines"}, "got the error: RuntimeError: first$"),
        (
            "odd",
            {"kind": "tuple"},
            "expected one tensor of logits .*, got a tuple of 2; let its forward re",
        ),
        (
            "odd",
            {"kind": "dict"},
            "expected one tensor of logits .*, got a dictionary of logits; let",
        ),
        ("odd", {"kind": "none"}, "expected one tensor of logits .*, got a NoneType$"),
        ("odd", {"kind": "late"}, "to take batches of 40, got the error: LookupError: only when it is tr"),
        ("anything", {"bias": True}, "got from it: AssertionError"),
    ],
)
def test_training_says_in_one_line_what_a_factory_raised(
    factory: str, options: dict[str, Any], message: str, data: Dataset, tmp_path: Path
) -> None:
    config = TrainConfig(own(factory), options, epochs=1, batch_size=40)
    assert re.search(message, refusal(train_network, config, data, tmp_path / "dense.safetensors"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (
            "resnet20",
            {"width": -4},
            "dense.safetensors: options: expected those of resnet20, got: RuntimeError: ",
        ),
        (
            "resnet20",
            {"width": "w"},
            "dense.safetensors: options: expected those of resnet20, got: TypeError: ",
        ),
        ("resnet20", ["width"], "dense.safetensors: options: expected those of resnet20, got: TypeError: "),
        ("no_key", {}, "no_key to make a network, got from it: KeyError: 'b'"),
    ],
)
def test_a_checkpoint_of_what_cannot_be_built(model: str, options: Any, message: str, tmp_path: Path) -> None:
    name, path = own(model) if model == "no_key" else model, tmp_path / "dense.safetensors"
    save_checkpoint(path, plain(), CheckpointInfo(name, options, "data", ("a", "b"), 0.5))
    assert message in refusal(load_checkpoint, path)


def test_options_of_any_name(data: Dataset, tmp_path: Path) -> None:
    name, path = own("anything"), tmp_path / "dense.safetensors"
    assert network_options(name, data, {"bias": False}) == {
        "num_classes": 10,
        "in_channels": 1,
        "bias": False,
    }
    info = train_network(TrainConfig(name, {"bias": False}, epochs=1), data, path)
    again, read = load_checkpoint(path)
    assert read == info
    assert read.options["bias"] is False
    assert again(data.test_images[:2]).shape == (2, 10)


def test_only_what_can_be_given_by_name_is_an_option(data: Dataset) -> None:
    assert model_options(own("anything")) == ()
    assert model_options(own("width_and_more")) == ("num_classes",)
    with pytest.raises(InputError, match=r"option: expected one that .*:plain takes, got 'bias'"):
        network_options(own("plain"), data, {"bias": False})


def test_a_factory_that_does_not_tell_its_options() -> None:
    allow_factory("builtins:dict")
    for ask in (model_options, build_model):
        with pytest.raises(
            InputError, match="expected a factory that tells its options, got ValueError: no sig"
        ):
            ask("builtins:dict")
