"""Tracing a user's own network: how it may call its layers, and that whatever it raises is one line."""

import re
from collections.abc import Callable

import pytest
import torch
from refusals import refusal
from torch import nn

from pruning.network.activations import measure_activations
from pruning.network.trace import trace_layers
from workloads.inputs import InputError


class Calls(nn.Module):
    """A network whose ``forward`` is the function given."""

    def __init__(self, call: Callable[..., torch.Tensor]) -> None:
        super().__init__()
        self.conv, self.fc, self.call = nn.Conv2d(3, 4, 1), nn.Linear(4, 2), call

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.call(self, x)


def by_keyword(model: Calls, x: torch.Tensor) -> torch.Tensor:
    return model.fc(input=model.conv(input=x).mean((2, 3)))


def test_layers_may_be_called_by_keyword() -> None:
    conv, linear = trace_layers(Calls(by_keyword), (3, 5, 6))
    assert (conv.name, conv.in_h, conv.in_w, linear.name, linear.k_dim) == ("conv", 5, 6, "fc", 4)
    found = measure_activations(Calls(by_keyword), torch.ones(2, 3, 5, 6), 1)
    assert found["conv"].densities.densities == (1, 1, 1)


def raising(error: Exception) -> Callable[..., torch.Tensor]:
    def call(*_: object) -> torch.Tensor:
        raise error

    return call


def assertion(*_: object) -> torch.Tensor:
    raise AssertionError


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (raising(ValueError("two\nlines")), "ValueError: two$"),
        (raising(TypeError("forward() missing 'mask'")), r"TypeError: forward\(\) missing 'mask'$"),
        (raising(IndexError("out")), "IndexError: out$"),
        (raising(KeyError("depth")), "KeyError: 'depth'$"),
        (raising(RuntimeError()), "RuntimeError$"),
        (assertion, "AssertionError$"),
        (lambda model, _: model.fc(), r"TypeError: .*missing 1 required positional argument: 'input'$"),
        (lambda model, _: model.conv(None), r"TypeError: conv2d\(\) received an invalid combination"),
        (lambda model, x: model.missing(x), "AttributeError: "),
    ],
)
def test_whatever_a_network_raises_is_one_line(call: Callable[..., torch.Tensor], message: str) -> None:
    model = Calls(call)
    said = refusal(trace_layers, model, (3, 5, 5))
    assert re.search(rf"^model: .* images \(3, 5, 5\), got the error: {message}", said)
    assert model.training
    assert not any(module._forward_pre_hooks for module in model.modules())


@pytest.mark.parametrize(
    "shape", [(), (3, 8), (3, 8, 8, 8), (0, 8, 8), (3, -8, 8), (3, 8.0, 8), ("3", 8, 8), 8, None, "388"]
)
def test_what_is_no_image_shape(shape: object) -> None:
    with pytest.raises(InputError, match="image_shape: expected channels, height and width of at least 1"):
        trace_layers(Calls(by_keyword), shape)  # type: ignore[arg-type]
