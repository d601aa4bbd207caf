"""What channel pruning does not understand it refuses with one line, and the network stays as it was."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import torch
from refusals import refusal
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import prune, weight_norm

from pruning.channel import prune_channels
from workloads.inputs import InputError

IMAGES = torch.randn(2, 3, 8, 8)


class Between(nn.Module):
    """Two layers with something between them."""

    def __init__(self, between: Callable[[Between, Tensor], Tensor], features: int = 8) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)
        self.scale = nn.Parameter(torch.rand(8, 1, 1))
        self.last = nn.Linear(features, 2)
        self.between = between

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.between(self, self.first(x)))


def pooled(x: Tensor) -> Tensor:
    return x.mean((2, 3))


OPERATIONS: dict[str, tuple[Callable[[Between, Tensor], Tensor], str]] = {
    "unknown": (lambda _, x: pooled(x.cumsum(1)), "cumsum: expected an operation that channel pruning und"),
    "number in a view": (
        lambda _, x: pooled(x.view(2, 8, 64, 1)),
        "view: expected -1 or the width of its in",
    ),
    "number in a flattening": (lambda _, x: pooled(x).reshape(-1, 8), "reshape: expected -1 or the width"),
    "shuffle": (
        lambda _, x: pooled(x.view(2, 2, 4, 8, 8).transpose(1, 2).flatten(1, 2)),
        "view: expected -1",
    ),
    "view by arithmetic": (
        lambda _, x: pooled(x.view(2, x.size(1) * 1, 8, 8)),
        "mul: expected no number of ch",
    ),
    "scale by width": (lambda _, x: pooled(x) / x.shape[1], "truediv: expected no number of channels"),
    "shape with width": (
        lambda _, x: pooled(functional.interpolate(x, x.shape[1:3])),
        "expected a slice of a shape w",
    ),
    "whole shape": (lambda _, x: pooled(x.view(x.shape)), "view: expected -1 or the width"),
    "some channels": (lambda _, x: pooled(torch.cat([x[:, :4], x[:, 4:]], 1)), r"got \[:, :4\]"),
    "one channel": (lambda _, x: pooled(x * x[:, 0].unsqueeze(1)), r"slices that leave the channels whole"),
    "slice by width": (
        lambda _, x: pooled(x[:, :, : x.size(1)]),
        "getitem: expected slices that do not depend",
    ),
    "split": (lambda _, x: pooled(torch.cat(x.chunk(2, 1), 1)), "chunk: expected an operation"),
    "over channels": (
        lambda _, x: pooled(x * x.mean(1, keepdim=True)),
        "mean: expected to reduce other axes",
    ),
    "flattened batch": (
        lambda _, x: pooled(x).flatten(0).view(2, 8),
        "flatten: expected to begin at the chan",
    ),
    "squeeze of any": (
        lambda _, x: functional.adaptive_avg_pool2d(x, 1).squeeze(),
        "the axes to drop by numb",
    ),
    "padded channels": (
        lambda _, x: pooled(functional.pad(x, (0, 0, 0, 0, 1, 0))[:, 1:]),
        "pad: expected to pad other axes",
    ),
    "bounds of channels": (
        lambda net, x: pooled(x.clamp(min=net.scale)),
        "clamp: expected a single tensor among its operands, got several",
    ),
    "weights by a function": (
        lambda net, x: pooled(functional.conv2d(x, net.second.weight, padding=1)),
        r"second: expected tensors that it alone uses, got 'second\.weight' used elsewhere",
    ),
    "channels on two axes": (
        lambda _, x: pooled(x + x.transpose(1, 2)),
        "add: expected both operands' channels along the same axis",
    ),
    "layer over pixels": (
        lambda net, x: pooled(net.second(x.transpose(1, 3))),
        "second: module Conv2d: expected channels along axis 1, got them along 3",
    ),
    "an attribute": (
        lambda _, x: pooled(x.mT.mT),
        "getattr: expected shape, device, dtype or ndim, got 'mT'",
    ),
    "branch by value": (lambda _, x: pooled(x) if x.sum() > 0 else pooled(-x), "that torch.fx can trace"),
}


def require_refusal(model: nn.Module, message: str, images: Tensor = IMAGES, density: float = 0.5) -> None:
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    modes = [module.training for module in model.modules()]
    said = refusal(prune_channels, model, images, density=density)
    assert re.search(message, said)
    assert "expected" in said
    assert ", got" in said
    after = model.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert modes == [module.training for module in model.modules()]


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_that_depend_on_the_width_are_refused(name: str) -> None:
    between, message = OPERATIONS[name]
    model = Between(between)
    assert model(IMAGES).shape == (2, 2)
    require_refusal(model, message)


ADAPTING: dict[str, Callable[[Between, Tensor], Tensor]] = {
    "view by size": lambda _, x: pooled(x.view(x.size(0), x.size(1), -1, 1)),
    "view by shape": lambda _, x: pooled(x).view(x.shape[0], -1),
    "resize like": lambda _, x: pooled(functional.interpolate(x, size=x.shape[2:])),
    "named operand": lambda net, x: torch.flatten(
        input=functional.adaptive_avg_pool2d(net.second(input=x), 1), start_dim=1
    ),
    "scale of its own": lambda net, x: pooled(net.second(x) * net.scale),
    "same layer twice": lambda net, x: pooled(net.second(net.second(x))),
    "gate": lambda net, x: pooled(x * net.second(x).mean((2, 3), keepdim=True).sigmoid()),
    "map": lambda _, x: pooled(x.permute(0, 2, 3, 1).contiguous().transpose(1, 3)),
    "squeeze": lambda _, x: functional.adaptive_avg_pool2d(x, 1).squeeze(3).squeeze(2),
    "tokens": lambda net, x: net.second(x).flatten(2).transpose(1, 2).mean(1),
    "crop": lambda _, x: pooled(functional.pad(x[:, :, 1:, :-1], (1, 1))),
    "softmax": lambda net, x: pooled(net.second(x)).softmax(1),
}


@pytest.mark.parametrize("name", ADAPTING)
def test_operations_that_adapt_to_the_width_are_understood(name: str) -> None:
    model = Between(ADAPTING[name])
    report = prune_channels(model, IMAGES, density=0.95)
    assert report.parameters < report.parameters_before
    assert model(IMAGES).shape == (2, 2)


class Branch(nn.Module):
    """An auxiliary head that runs in training alone."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.aux, self.last = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 2, 1), nn.Conv2d(8, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        return self.last(x) + self.aux(x) if self.training else self.last(x)


class Scaled(nn.Conv2d):
    """A convolution of a user's own that computes otherwise."""

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        return super()._conv_forward(input, weight * torch.arange(8.0).view(8, 1, 1, 1), bias)


class Named(nn.Conv2d):
    """A convolution of a user's own that computes as torch's does."""


def shared() -> nn.Module:
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3), nn.Conv2d(8, 8, 3))
    model[2].weight = model[1].weight
    return model


def masked() -> nn.Module:
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3))
    prune.l1_unstructured(model[0], "weight", 0.5)
    return model


def parametrised() -> nn.Module:
    conv = nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 8, 3))
    return nn.Sequential(conv, nn.Conv2d(8, 8, 3))


MODELS: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "shared parameters": (shared, "expected parameters of its own, got one that two modules share"),
    "parametrisation": (parametrised, r"expected plain weights \(squash masks first\), got computed"),
    "mask": (masked, r"0: module Conv2d: expected plain weights \(squash masks first\)"),
    "user's layer": (
        lambda: nn.Sequential(Scaled(3, 8, 3), nn.Conv2d(8, 2, 3)),
        r"0: expected tensors that it alone uses, got '0\.weight' used elsewhere",
    ),
    "training alone": (Branch, "aux: expected to run in evaluation mode too, got training alone"),
    "transposed": (
        lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.ConvTranspose2d(8, 2, 3)),
        "1: module ConvTranspose2d: expected an operation that channel pruning understands",
    ),
    "group norm": (lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.GroupNorm(2, 8)), "1: module GroupNorm"),
    "slopes": (
        lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.PReLU(8)),
        "1: module PReLU: expected one parameter for all channels, got 8",
    ),
    "instance norm": (
        lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.InstanceNorm2d(8, affine=True)),
        "1: module InstanceNorm2d: expected neither parameters nor statistics of channels, got some",
    ),
    "indices": (
        lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.MaxPool2d(2, return_indices=True)),
        "1: module MaxPool2d: expected a single tensor as its result",
    ),
    "no layer": (lambda: nn.Sequential(nn.ReLU()), "expected at least one Conv2d or Linear, got none"),
    "one layer": (
        lambda: nn.Sequential(nn.Conv2d(3, 8, 3)),
        "expected channels to prune, got inputs and outputs",
    ),
    "residual to the input": (
        lambda: nn.Sequential(nn.Conv2d(3, 3, 3, padding=1, groups=3), nn.Conv2d(3, 8, 3)),
        "expected channels to prune, got inputs and outputs alone",
    ),
    "other inputs": (
        lambda: nn.Sequential(nn.Conv2d(4, 8, 3)),
        r"expected a network for inputs \(2, 3, 8, 8\)",
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_networks_that_cannot_be_pruned_are_refused(name: str) -> None:
    factory, message = MODELS[name]
    require_refusal(factory(), message)


def test_weights_that_a_hook_computes_are_refused() -> None:
    with pytest.warns(FutureWarning, match="weight_norm"):
        conv = weight_norm(nn.Conv2d(3, 8, 3))
    with pytest.raises(InputError, match="0: module Conv2d: expected plain weights"):
        prune_channels(nn.Sequential(conv, nn.Conv2d(8, 2, 3)), IMAGES)


def test_a_users_own_layer_that_computes_as_torchs_is_pruned() -> None:
    model = nn.Sequential(Named(3, 8, 3), nn.Conv2d(8, 2, 3))
    prune_channels(model, IMAGES)
    assert type(model[0]) is Named
    assert model[0].out_channels == model[1].in_channels < 8


def test_examples_that_are_no_batch_are_refused() -> None:
    model = nn.Sequential(nn.Linear(8, 4), nn.Linear(4, 2))
    for shape in ((8,), (0, 8)):
        require_refusal(
            model, re.escape(f"expected [batch, channels, ...], got shape {shape}"), torch.zeros(shape)
        )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "mac"}, "by: expected a known name, got 'mac'; did you mean 'macs'"),
        ({"scope": "layer"}, r"scope: expected a known name, got 'layer' \(there are: global, uniform\)"),
        ({"density": 0.0}, "density: expected more than 0 and at most 1, got 0"),
        ({"density": float("nan")}, "density: expected more than 0 and at most 1, got nan"),
        ({"density": 0.01}, r"density: expected at least 0\.\d+, the narrowest .* got 0\.01"),
        ({"multiple": 0}, "multiple: expected a whole number of at least 1, got 0"),
    ],
)
def test_options_out_of_range(options: dict[str, str | float], message: str) -> None:
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 2, 3))
    with pytest.raises(InputError, match=message):
        prune_channels(model, IMAGES, **options)  # type: ignore[arg-type]


def test_a_network_that_does_not_run_when_smaller_is_put_back() -> None:
    model = Between(lambda net, x: pooled(net.second(x)))

    def expects_eight(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if inputs[0].shape[1] != 8:
            raise ValueError("eight channels\nor nothing")

    model.second.register_forward_pre_hook(expects_eight)
    require_refusal(
        model, "expected sizes that follow the layers' widths, got the error: ValueError: eight channels$"
    )
