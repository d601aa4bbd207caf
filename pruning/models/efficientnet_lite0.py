"""EfficientNet-Lite0 (Google, 2020) with timm's ``efficientnet_lite0`` parameter names.

EfficientNet-B0 without squeeze-and-excite, with ReLU6, and with stem and head of fixed width.
Padding is symmetric, as in timm's PyTorch variant; ``tensorflow=1`` gives TensorFlow's "same" padding
and epsilon, with which the public ImageNet weights were trained (``pruning.files.imagenet_weights``).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from pruning.models.shared.stems import is_small

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
_TENSORFLOW_EPSILON = 1e-3


def _depthwise(channels: int, kernel: int, stride: int) -> nn.Conv2d:
    return nn.Conv2d(channels, channels, kernel, stride, kernel // 2, groups=channels, bias=False)


def _pad_as_tensorflow(owner: nn.Module, name: str) -> None:
    """Give the strided convolution ``owner.name`` the padding of "same" on images of even size.

    Its symmetric padding of k // 2 a side becomes k - 2 in all, the odd one at the bottom and right.
    """
    conv = owner.get_submodule(name)
    assert isinstance(conv, nn.Conv2d)
    before, after = (conv.kernel_size[0] - 2) // 2, (conv.kernel_size[0] - 1) // 2
    conv.padding = (0, 0)
    owner.pad = nn.ZeroPad2d((before, after, before, after))


class DepthwiseSeparable(nn.Module):
    """EfficientNet's first stage, which does not expand: depthwise, then 1x1 without activation."""

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
    """EfficientNet's 1x1 up, depthwise, 1x1 down without activation; a shortcut where the shape is kept."""

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
        self.pad: nn.Module = nn.Identity()
        self.shortcut = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        out = self.act(self.bn1(self.conv_pw(x)))
        out = self.act(self.bn2(self.conv_dw(self.pad(out))))
        out = self.bn3(self.conv_pwl(out))
        return x + out if self.shortcut else out


class EfficientNetLite(nn.Module):
    """EfficientNet-Lite: a stem, seven stages of inverted residual blocks, a 1x1 head and a classifier.

    Takes images [batch, in_channels, height, width] and returns logits [batch, num_classes].
    """

    def __init__(self, num_classes: int, in_channels: int, small: bool, tensorflow: bool) -> None:
        super().__init__()
        self.pad: nn.Module = nn.Identity()
        self.conv_stem = nn.Conv2d(in_channels, _STEM, 3, 1 if small else 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(_STEM)
        self.act = nn.ReLU6(inplace=True)
        stages: list[nn.Module] = []
        channels = _STEM
        for stage, (repeats, kernel, stride, expansion, width) in enumerate(_STAGES):
            blocks: list[nn.Module] = []
            for index in range(repeats):
                step = 1 if index > 0 or (small and stage == 1) else stride
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
        if tensorflow:
            self._as_tensorflow()

    def _as_tensorflow(self) -> None:
        for module in list(self.modules()):
            if isinstance(module, nn.BatchNorm2d):
                module.eps = _TENSORFLOW_EPSILON
            elif isinstance(module, InvertedResidual) and module.conv_dw.stride != (1, 1):
                _pad_as_tensorflow(module, "conv_dw")
        if self.conv_stem.stride != (1, 1):
            _pad_as_tensorflow(self, "conv_stem")

    def forward(self, x: Tensor) -> Tensor:
        x = self.blocks(self.act(self.bn1(self.conv_stem(self.pad(x)))))
        x = self.act(self.bn2(self.conv_head(x)))
        pooled = torch.flatten(nn.functional.adaptive_avg_pool2d(x, 1), 1)
        logits: Tensor = self.classifier(pooled)
        return logits


def efficientnet_lite0(
    num_classes: int = 1000, in_channels: int = 3, stem: str = "imagenet", tensorflow: int = 0
) -> EfficientNetLite:
    """EfficientNet-Lite0 for 224 x 224 images: 4.65 M parameters.

    ``stem="small"`` is for 32 x 32: the stem and the first strided stage keep the image's size.
    ``tensorflow=1`` takes images whose sides divide by 32.
    """
    return EfficientNetLite(num_classes, in_channels, is_small(stem), bool(tensorflow))


MODELS: dict[str, Callable[..., nn.Module]] = {"efficientnet_lite0": efficientnet_lite0}
