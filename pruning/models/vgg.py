"""VGG-16 with batch normalisation (Simonyan, Zisserman 2014), torchvision's ``vgg16_bn`` names."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from pruning.models.shared.stems import is_small

_POOL = 0
_PLAN = (64, 64, _POOL, 128, 128, _POOL, 256, 256, 256, _POOL, 512, 512, 512, _POOL, 512, 512, 512, _POOL)


class VGG(nn.Module):
    """Thirteen 3x3 convolutions in five stages, then three linear layers, or one for small images.

    Takes images [batch, in_channels, height, width], at least 32 pixels a side (17 for small images),
    and returns logits [batch, num_classes].
    """

    def __init__(self, num_classes: int, in_channels: int, batch_norm: bool, small: bool = False) -> None:
        super().__init__()
        parts: list[nn.Module] = []
        channels = in_channels
        for width in _PLAN:
            if width == _POOL:
                parts.append(nn.MaxPool2d(2, 2, ceil_mode=small))
                continue
            parts.append(nn.Conv2d(channels, width, 3, padding=1))
            if batch_norm:
                parts.append(nn.BatchNorm2d(width))
            parts.append(nn.ReLU(inplace=True))
            channels = width
        self.features = nn.Sequential(*parts)
        self.avgpool = nn.AdaptiveAvgPool2d(1 if small else 7)
        if small:
            self.classifier = nn.Sequential(nn.Linear(channels, num_classes))
            return
        self.classifier = nn.Sequential(
            nn.Linear(channels * 7 * 7, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(),
            nn.Linear(4096, num_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))
        return logits


def vgg16(
    num_classes: int = 1000, in_channels: int = 3, batch_norm: bool = True, stem: str = "imagenet"
) -> VGG:
    """VGG-16 for 224 x 224 images: 138.4 M parameters; ``batch_norm=0`` for the one as published.

    ``stem="small"`` is for 32 x 32: the same convolutions, one linear layer, 14.7 M parameters.
    """
    return VGG(num_classes, in_channels, bool(batch_norm), is_small(stem))


MODELS: dict[str, Callable[..., nn.Module]] = {"vgg16": vgg16}
