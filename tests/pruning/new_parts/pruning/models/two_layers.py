"""Two convolutions and a classifier, for images of a few pixels."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn


def two_layers(num_classes: int, in_channels: int = 1) -> nn.Module:
    """16 channels throughout."""
    return nn.Sequential(
        *(nn.Conv2d(in_channels, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU()),
        *(nn.Conv2d(16, 16, 3, 2), nn.BatchNorm2d(16), nn.ReLU()),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, num_classes)),
    )


MODELS: dict[str, Callable[..., nn.Module]] = {"two_layers": two_layers}
