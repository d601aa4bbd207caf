"""How to train a dense network.

The command line takes its options from here, so that nothing heavy is imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pruning.fields.described import described, require_described
from pruning.fields.types import OptionValue, mapping_of, plain_fields, require_decay
from workloads.inputs import InputError

_SEEDS = 2**63  # as many as torch takes


@dataclass(frozen=True)
class TrainConfig:
    """How to train: SGD with Nesterov momentum under a one-cycle learning rate."""

    model: str = "resnet20"
    options: Mapping[str, OptionValue] = field(default_factory=lambda: {"width": 32})  # of the definition
    epochs: int = described(6, "Passes over the training images.", least=1)
    batch_size: int = described(128, "Images of a step.", least=1)
    learning_rate: float = described(0.2, "Peak of the one-cycle schedule.")
    weight_decay: float = described(5e-4, "Pulls matrices and filters towards zero at every step.")
    label_smoothing: float = described(0.05, "Share of every label, 0 to 1, that all classes get alike.")
    seed: int = described(0, "Fixes the first weights, shuffling and augmentation.", least=0)

    def __post_init__(self) -> None:
        plain_fields(self)
        mapping_of("options", self.options, "a value for each name")
        if not 0 < self.learning_rate < float("inf"):
            raise InputError(f"learning_rate: expected more than 0, got {self.learning_rate:g}")
        require_decay("weight_decay", self.weight_decay)
        if not 0 <= self.label_smoothing <= 1:
            raise InputError(f"label_smoothing: expected a share from 0 to 1, got {self.label_smoothing:g}")
        require_described(self)
        if self.seed >= _SEEDS:
            raise InputError(f"seed: expected less than 2^63, got {self.seed}")


def training_notes(config: TrainConfig) -> dict[str, float]:
    """The numbers of a configuration that a checkpoint keeps."""
    numbers = ("epochs", "batch_size", "learning_rate", "weight_decay", "label_smoothing", "seed")
    return {name: float(getattr(config, name)) for name in numbers}
