"""Residual networks (He et al. 2016) with torchvision's parameter names.

``resnet18`` and ``resnet50`` are the ImageNet kind; in ``resnet50`` the 3x3 convolution of a
bottleneck carries the stride, as in torchvision. ``resnet20``, ``resnet32`` and ``resnet56`` are the
CIFAR kind of the same paper (three stages), with 1x1 convolutions on the shortcuts that change shape.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from pruning.models.shared.stems import is_small


def _shortcut(in_channels: int, out_channels: int, stride: int) -> nn.Module | None:
    if stride == 1 and in_channels == out_channels:
        return None
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
    )


class BasicBlock(nn.Module):
    """A residual block of two 3x3 convolutions and a shortcut."""

    expansion = 1

    def __init__(self, in_channels: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = _shortcut(in_channels, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return self.relu(out + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    """A residual block: 1x1 down, 3x3 (with the stride), 1x1 up by four, and a shortcut."""

    expansion = 4

    def __init__(self, in_channels: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = _shortcut(in_channels, 4 * width, stride)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return self.relu(out + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    """A stem, stages of residual blocks (each doubles the width and halves the image), a classifier.

    Takes images [batch, in_channels, height, width] and returns logits [batch, num_classes].
    """

    def __init__(
        self,
        block: type[BasicBlock] | type[Bottleneck],
        depths: Sequence[int],
        width: int,
        num_classes: int,
        in_channels: int,
        small_image_stem: bool,
        stem_stride: int = 1,
    ) -> None:
        super().__init__()
        if small_image_stem:
            self.conv1 = nn.Conv2d(in_channels, width, 3, stem_stride, 1, bias=False)
            self.maxpool: nn.Module = nn.Identity()
        else:
            self.conv1 = nn.Conv2d(in_channels, width, 7, 2, 3, bias=False)
            self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        channels = width
        self.stages: list[str] = []
        for stage, depth in enumerate(depths):
            blocks: list[nn.Module] = []
            for index in range(depth):
                stride = 2 if stage > 0 and index == 0 else 1
                blocks.append(block(channels, width << stage, stride))
                channels = (width << stage) * block.expansion
            self.stages.append(f"layer{stage + 1}")
            self.add_module(self.stages[-1], nn.Sequential(*blocks))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(channels, num_classes)
        _initialise(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for stage in self.stages:
            x = self.get_submodule(stage)(x)
        logits: Tensor = self.fc(torch.flatten(self.avgpool(x), 1))
        return logits


def _initialise(model: nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")


def resnet18(num_classes: int = 1000, in_channels: int = 3, stem: str = "imagenet") -> ResNet:
    """ResNet-18: 11.69 M parameters for 224 x 224 images; ``stem="small"`` is for 32 x 32."""
    return ResNet(BasicBlock, (2, 2, 2, 2), 64, num_classes, in_channels, is_small(stem))


def resnet50(num_classes: int = 1000, in_channels: int = 3, stem: str = "imagenet") -> ResNet:
    """ResNet-50: 25.56 M parameters for 224 x 224 images; ``stem="small"`` is for 32 x 32."""
    return ResNet(Bottleneck, (3, 4, 6, 3), 64, num_classes, in_channels, is_small(stem))


def resnet20(num_classes: int = 10, in_channels: int = 3, width: int = 16, stem_stride: int = 1) -> ResNet:
    """ResNet-20 for small images; ``width`` is that of the first stage (16 as published).

    ``stem_stride=2`` halves the image at once: the same weights for a quarter of the work.
    """
    return ResNet(BasicBlock, (3, 3, 3), width, num_classes, in_channels, True, stem_stride)


def resnet32(num_classes: int = 10, in_channels: int = 3, width: int = 16, stem_stride: int = 1) -> ResNet:
    """ResNet-32 for small images, as :func:`resnet20` with five blocks a stage."""
    return ResNet(BasicBlock, (5, 5, 5), width, num_classes, in_channels, True, stem_stride)


def resnet56(num_classes: int = 10, in_channels: int = 3, width: int = 16, stem_stride: int = 1) -> ResNet:
    """ResNet-56 for small images, as :func:`resnet20` with nine blocks a stage."""
    return ResNet(BasicBlock, (9, 9, 9), width, num_classes, in_channels, True, stem_stride)


MODELS: dict[str, Callable[..., nn.Module]] = {
    "resnet18": resnet18,
    "resnet50": resnet50,
    "resnet20": resnet20,
    "resnet32": resnet32,
    "resnet56": resnet56,
}
