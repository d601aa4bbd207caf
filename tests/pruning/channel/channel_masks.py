"""What a network computes once channels are zeroed rather than removed; shared by the tests of channels."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn

from pruning.channel import ChannelReport, prune_channels
from pruning.models import build_model

_SMALL: dict[str, dict[str, Any]] = {
    "resnet18": {"stem": "small"},
    "resnet50": {"stem": "small"},
    "vgg16": {"stem": "small"},
    "mobilenet_v2": {"stem": "small"},
    "efficientnet_lite0": {"tensorflow": 1},
}


def small(name: str) -> nn.Module:
    """A network for small images, the same at every call."""
    torch.manual_seed(0)
    return with_random_norms(build_model(name, num_classes=5, **_SMALL.get(name, {})))


def with_random_norms(model: nn.Module, seed: int = 0) -> nn.Module:
    """Batch norms with statistics, scales and shifts of all signs, so that nothing is zero by itself."""
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            for tensor in (module.weight, module.bias, module.running_mean):
                if tensor is not None:
                    tensor.data = torch.randn(tensor.shape, generator=generator)
            assert module.running_var is not None
            module.running_var = 0.5 + torch.rand(module.running_var.shape, generator=generator)
    return model


@torch.no_grad()
def zeroed(model: nn.Module, report: ChannelReport) -> nn.Module:
    """A copy of ``model`` in which the channels that ``report`` does not keep are exactly zero."""
    model = copy.deepcopy(model)
    for name, kept in report.kept.items():
        module = model.get_submodule(name)
        assert isinstance(module, nn.Conv2d | nn.Linear | nn.BatchNorm1d | nn.BatchNorm2d)
        norm = isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)
        gone = torch.ones(module.num_features if norm else module.weight.shape[0], dtype=torch.bool)
        gone[list(kept.outputs)] = False
        for tensor in (module.weight, module.bias):
            if tensor is not None:
                tensor[gone] = 0
        if norm:
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean[gone] = 0
            module.running_var[gone] = 1
    return model


def prune_and_compare(model: nn.Module, example: Tensor, **options: Any) -> ChannelReport:
    """Prune ``model``; what is left computes what the zeroed network does, and is as small as reported."""
    original = copy.deepcopy(model).double()
    example = example.double()
    model.double()
    report = prune_channels(model, example, **options)
    masked = zeroed(original, report)
    with torch.no_grad():
        torch.testing.assert_close(model.eval()(example), masked.eval()(example))
    assert sum(p.numel() for p in model.parameters()) == report.parameters
    require_valid_shapes(model, report)
    return report


def require_valid_shapes(model: nn.Module, report: ChannelReport) -> None:
    """Every module's numbers are those of its tensors, and of the channels that the report keeps."""
    for name, kept in report.kept.items():
        module = model.get_submodule(name)
        if isinstance(module, nn.Conv2d):
            numbers = (module.in_channels, module.out_channels)
            shape: tuple[int, ...] = (
                module.out_channels,
                module.in_channels // module.groups,
                *module.kernel_size,
            )
            assert module.in_channels % module.groups == module.out_channels % module.groups == 0
        elif isinstance(module, nn.Linear):
            numbers = (module.in_features, module.out_features)
            shape = (module.out_features, module.in_features)
        else:
            assert isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)
            numbers = (module.num_features, module.num_features)
            shape = (module.num_features,)
        assert numbers == (len(kept.inputs), len(kept.outputs))
        for key, tensor in (*module.named_parameters(), *module.named_buffers()):
            if tensor.ndim:
                assert tensor.shape == (shape if key == "weight" else shape[:1])
        assert min(numbers) > 0
