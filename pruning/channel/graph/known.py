"""The operations that channel pruning understands, by name, function and module class."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from pruning.channel.graph import elementwise as on
from pruning.channel.graph import reshaping as of
from pruning.channel.graph.call import Handler

_NAMED: tuple[tuple[Handler, str], ...] = (
    (on.elementwise, "relu relu6 leaky_relu elu selu celu gelu silu mish hardswish hardtanh hardsigmoid"),
    (on.elementwise, "sigmoid tanh softplus clamp clip abs neg square sqrt exp dropout dropout2d"),
    (on.elementwise, "contiguous detach clone float half double"),
    (on.per_pixel, "max_pool2d avg_pool2d adaptive_avg_pool2d adaptive_max_pool2d interpolate"),
    (on.binary, "add sub mul div truediv maximum minimum iadd isub imul itruediv true_divide multiply"),
    (on.reduce, "mean sum amax amin"),
    (of.cat, "cat concat concatenate"),
    (on.softmax, "softmax log_softmax"),
    (of.reshape, "view reshape"),
    (of.flatten, "flatten"),
    (of.permute, "permute"),
    (of.transpose, "transpose"),
    (of.unsqueeze, "unsqueeze"),
    (of.squeeze, "squeeze"),
    (on.pad, "pad"),
    (of.size, "size"),
    (of.item, "getitem"),
)
_NAMES = {name: handler for handler, names in _NAMED for name in names.split()}
_CLASSES: tuple[tuple[Handler, str], ...] = (
    (on.elementwise, "ReLU ReLU6 LeakyReLU ELU SELU CELU GELU SiLU Mish Hardswish Hardtanh Hardsigmoid"),
    (on.elementwise, "Sigmoid Tanh Softplus Dropout Dropout2d AlphaDropout Identity"),
    (on.per_pixel, "MaxPool2d AvgPool2d AdaptiveAvgPool2d AdaptiveMaxPool2d LPPool2d Upsample"),
    (on.per_pixel, "ZeroPad2d ConstantPad2d ReflectionPad2d ReplicationPad2d"),
    (on.softmax, "Softmax LogSoftmax"),
    (on.prelu, "PReLU"),
    (on.instance_norm, "InstanceNorm2d"),
    (of.flatten, "Flatten"),
)

METHODS: dict[str, Handler] = {name: handler for name, handler in _NAMES.items() if hasattr(Tensor, name)}
FUNCTIONS: dict[Callable[..., Any], Handler] = {
    getattr(library, name): handler
    for library in (torch, functional, operator)
    for name, handler in _NAMES.items()
    if hasattr(library, name)
} | {getattr: of.attribute}
MODULES: dict[type[nn.Module], Handler] = {
    getattr(nn, name): handler for handler, names in _CLASSES for name in names.split()
}
