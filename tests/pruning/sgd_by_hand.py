"""A network of two logits with one weight and one bias each, and how it learns, in plain Python.

Two images of one pixel, +1 of class 0 and -1/2 of class 1. A logit is ``weight x pixel + bias``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import cos, exp, log, pi

import torch
from torch import Tensor, nn

from pruning.data import Dataset

PIXELS, LABELS = (1.0, -0.5), (0, 1)
WEIGHTS, BIASES = (0.3, -0.2), (0.1, 0.05)


def dataset(**changes: object) -> Dataset:
    """Both images, for training and for the test."""
    images, labels = torch.tensor(PIXELS).reshape(2, 1, 1, 1), torch.tensor(LABELS)
    return Dataset("two pixels", ("plus", "minus"), images, labels, images, labels, **changes)  # type: ignore[arg-type]


def network() -> nn.Module:
    """As :class:`ByHand` starts."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(1, 2))
    with torch.no_grad():
        model[1].weight.copy_(torch.tensor(WEIGHTS)[:, None])
        model[1].bias.copy_(torch.tensor(BIASES))
    return model


@dataclass
class ByHand:
    """SGD with Nesterov momentum on the mean cross entropy of both images."""

    decay: float = 0.0
    smoothing: float = 0.0
    weights: list[float] = field(default_factory=lambda: list(WEIGHTS))
    biases: list[float] = field(default_factory=lambda: list(BIASES))
    speed: list[float] = field(default_factory=lambda: [0.0] * 4)

    def step(self, rate: float, momentum: float = 0.9) -> float:
        """Take one step; the loss before it. Weights decay, biases do not."""
        loss, gradient = 0.0, [0.0] * 4
        for pixel, label in zip(PIXELS, LABELS, strict=True):
            powers = [exp(w * pixel + b) for w, b in zip(self.weights, self.biases, strict=True)]
            for logit in (0, 1):
                guess = powers[logit] / sum(powers)
                target = (1 - self.smoothing) * (logit == label) + self.smoothing / 2
                loss -= target * log(guess) / 2
                gradient[logit] += (guess - target) * pixel / 2
                gradient[2 + logit] += (guess - target) / 2
        values = [*self.weights, *self.biases]
        for index in range(4):
            slope = gradient[index] + (self.decay * values[index] if index < 2 else 0)
            self.speed[index] = momentum * self.speed[index] + slope
            values[index] -= rate * (slope + momentum * self.speed[index])
        self.weights, self.biases = values[:2], values[2:]
        return loss

    def rest(self) -> None:
        """What new parameters begin with: no momentum."""
        self.speed = [0.0] * 4


def between(start: float, end: float, part: float) -> float:
    """From ``start`` to ``end`` along half a cosine."""
    return end + (start - end) * (1 + cos(pi * part)) / 2


def state_of(model: nn.Module) -> list[float]:
    """Weights and biases as :class:`ByHand` has them."""
    tensors: list[Tensor] = [model[1].weight, model[1].bias]  # type: ignore[index]
    return [float(value) for tensor in tensors for value in tensor.detach().flatten()]
