"""How to train a dense network, and which numbers of it a checkpoint notes.

The command line takes its options from here, so that nothing heavy is imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pruning.fields.described import described, require_described
from pruning.fields.types import SEEDS, OptionValue, mapping_of, plain_fields


@dataclass(frozen=True)
class TrainConfig:
    """How to train: SGD with Nesterov momentum under a one-cycle learning rate."""

    model: str = "resnet20"
    options: Mapping[str, OptionValue] = field(default_factory=lambda: {"width": 32})  # of the definition
    epochs: int = described(6, "Passes over the training images.", least=1)
    batch_size: int = described(128, "Images of a step.", least=1)
    learning_rate: float = described(0.2, "Peak of the one-cycle schedule.", above=0)
    weight_decay: float = described(5e-4, "Pulls matrices and filters towards zero at every step.", least=0)
    label_smoothing: float = described(
        0.05, "Share of every label, 0 to 1, that all classes get alike.", least=0, most=1
    )
    seed: int = described(0, "Fixes the first weights, shuffling and augmentation.", least=0, below=SEEDS)

    def __post_init__(self) -> None:
        plain_fields(self)
        mapping_of("options", self.options, "a value for each name")
        require_described(self)


def training_notes(config: TrainConfig) -> dict[str, float]:
    """The numbers of a configuration of training that its checkpoint keeps."""
    return {name: float(value) for name, value in vars(config).items() if isinstance(value, int | float)}
