"""MobileNetV2 (Sandler et al. 2018) with torchvision's parameter names."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from pruning.models.shared.stems import is_small

# Expansion, output channels, repeats, stride of the first repeat.
_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
_STEM, _HEAD = 32, 1280


def _conv_bn_relu(
    in_channels: int, out_channels: int, kernel: int, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU6(inplace=True),
    )


class InvertedResidual(nn.Module):
    """MobileNetV2's 1x1 up, depthwise 3x3, 1x1 down without activation; a shortcut if the shape is kept."""

    def __init__(self, in_channels: int, out_channels: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = in_channels * expansion
        parts: list[nn.Module] = []
        if expansion != 1:
            parts.append(_conv_bn_relu(in_channels, hidden, 1))
        parts.append(_conv_bn_relu(hidden, hidden, 3, stride, groups=hidden))
        parts.append(nn.Conv2d(hidden, out_channels, 1, bias=False))
        parts.append(nn.BatchNorm2d(out_channels))
        self.conv = nn.Sequential(*parts)
        self.shortcut = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv(x)
        return x + out if self.shortcut else out


class MobileNetV2(nn.Module):
    """MobileNetV2: a stem, inverted residual blocks, a 1x1 head and a classifier.

    Takes images [batch, in_channels, height, width] and returns logits [batch, num_classes].
    """

    def __init__(self, num_classes: int, in_channels: int, small: bool = False) -> None:
        super().__init__()
        parts: list[nn.Module] = [_conv_bn_relu(in_channels, _STEM, 3, stride=1 if small else 2)]
        channels = _STEM
        for stage, (expansion, width, repeats, stride) in enumerate(_STAGES):
            first_stride = 1 if small and stage == 1 else stride
            for index in range(repeats):
                parts.append(InvertedResidual(channels, width, first_stride if index == 0 else 1, expansion))
                channels = width
        parts.append(_conv_bn_relu(channels, _HEAD, 1))
        self.features = nn.Sequential(*parts)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(_HEAD, num_classes))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out")

    def forward(self, x: Tensor) -> Tensor:
        pooled = torch.flatten(nn.functional.adaptive_avg_pool2d(self.features(x), 1), 1)
        logits: Tensor = self.classifier(pooled)
        return logits


def mobilenet_v2(num_classes: int = 1000, in_channels: int = 3, stem: str = "imagenet") -> MobileNetV2:
    """MobileNetV2 of width 1.0 for 224 x 224 images: 3.50 M parameters.

    ``stem="small"`` is for 32 x 32: the stem and the first strided stage keep the image's size.
    """
    return MobileNetV2(num_classes, in_channels, is_small(stem))


MODELS: dict[str, Callable[..., nn.Module]] = {"mobilenet_v2": mobilenet_v2}
