"""EfficientNet-Lite0 (Google, 2020) with timm's ``efficientnet_lite0`` parameter names.

EfficientNet-B0 without squeeze-and-excite, with ReLU6, and with stem and head of fixed width.
Padding is symmetric, as in timm's PyTorch variant, not TensorFlow's "same".
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

# Repeats, kernel, stride of the first repeat, expansion, output channels.
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_STEM, _HEAD = 32, 1280


def _depthwise(channels: int, kernel: int, stride: int) -> nn.Conv2d:
    return nn.Conv2d(channels, channels, kernel, stride, kernel // 2, groups=channels, bias=False)


class DepthwiseSeparable(nn.Module):
    """Depthwise convolution, then 1x1 without activation: the first stage, which does not expand."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.conv_dw = _depthwise(in_channels, kernel, stride)
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.conv_pw = nn.Conv2d(in_channels, out_channels, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.act = nn.ReLU6(inplace=True)
        self.shortcut = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.bn2(self.conv_pw(self.act(self.bn1(self.conv_dw(x)))))
        return x + out if self.shortcut else out


class InvertedResidual(nn.Module):
    """1x1 up, depthwise, 1x1 down without activation; a shortcut where the shape is kept."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = in_channels * expansion
        self.conv_pw = nn.Conv2d(in_channels, hidden, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.conv_dw = _depthwise(hidden, kernel, stride)
        self.bn2 = nn.BatchNorm2d(hidden)
        self.conv_pwl = nn.Conv2d(hidden, out_channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.act = nn.ReLU6(inplace=True)
        self.shortcut = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        out = self.act(self.bn1(self.conv_pw(x)))
        out = self.act(self.bn2(self.conv_dw(out)))
        out = self.bn3(self.conv_pwl(out))
        return x + out if self.shortcut else out


class EfficientNetLite(nn.Module):
    """A stem, seven stages of inverted residual blocks, a 1x1 head and a classifier.

    Takes images [batch, in_channels, height, width] and returns logits [batch, num_classes].
    """

    def __init__(self, num_classes: int, in_channels: int) -> None:
        super().__init__()
        self.conv_stem = nn.Conv2d(in_channels, _STEM, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(_STEM)
        self.act = nn.ReLU6(inplace=True)
        stages: list[nn.Module] = []
        channels = _STEM
        for repeats, kernel, stride, expansion, width in _STAGES:
            blocks: list[nn.Module] = []
            for index in range(repeats):
                step = stride if index == 0 else 1
                if expansion == 1:
                    blocks.append(DepthwiseSeparable(channels, width, kernel, step))
                else:
                    blocks.append(InvertedResidual(channels, width, kernel, step, expansion))
                channels = width
            stages.append(nn.Sequential(*blocks))
        self.blocks = nn.Sequential(*stages)
        self.conv_head = nn.Conv2d(channels, _HEAD, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(_HEAD)
        self.classifier = nn.Linear(_HEAD, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out")

    def forward(self, x: Tensor) -> Tensor:
        x = self.blocks(self.act(self.bn1(self.conv_stem(x))))
        x = self.act(self.bn2(self.conv_head(x)))
        pooled = torch.flatten(nn.functional.adaptive_avg_pool2d(x, 1), 1)
        logits: Tensor = self.classifier(pooled)
        return logits


def efficientnet_lite0(num_classes: int = 1000, in_channels: int = 3) -> EfficientNetLite:
    """EfficientNet-Lite0 for 224 x 224 images: 4.65 M parameters."""
    return EfficientNetLite(num_classes, in_channels)


MODELS: dict[str, Callable[..., nn.Module]] = {"efficientnet_lite0": efficientnet_lite0}
