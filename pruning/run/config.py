"""A run's configuration: all that decides what comes out, beside network and data; what channels refuse.

The command line takes its options, their help and their defaults from here, so that nothing heavy is
imported before a configuration is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any

from pruning.fields.described import about, described, require_described
from pruning.fields.types import SEEDS, plain_fields
from workloads.exempt import DEFAULT, DEFAULT_TEXT, RULES, parse_rules
from workloads.inputs import InputError

MOST_STAGES = 10_000  # the target of each is laid out before the first


@dataclass(frozen=True)
class RunConfig:
    """How to prune; every default suits a few minutes of one CPU core."""

    classes: tuple[int, ...] = described(MISSING, "The user's class labels.")
    pattern: str = described(
        "crisp(2:4, block=16)",
        "What survives, as crisp(2:4, block=16), nm(2:4) or channel(multiple=8).",
        parts="pruning.methods",
    )
    sparsity: float = described(
        0.9,
        "Fraction of all weights of convolutions and linear layers to remove, 0 to less than 1.",
        least=0,
        below=1,
    )
    exempt: str = described(DEFAULT_TEXT, f"Layers that stay dense: {', '.join(RULES)}; or none.")
    leave: str = described("none", "Parameters or modules that are left out: names, comma-separated.")
    saliency: str = described(
        "class_gradient",
        "What weights are worth, as class_gradient(over_classes=max).",
        parts="pruning.saliencies",
    )
    saliency_classes: str = described(
        "user",
        "Whose images and loss saliency looks at: with all it is blind to the user's classes.",
        choices=("user", "all"),
    )
    schedule: str = described("linear", "How sparsity rises over the stages.", parts="pruning.schedules")
    stages: int = described(2, "Mask steps on the way to the sparsity.", least=1, most=MOST_STAGES)
    steps: int = described(12, "Optimiser steps after each mask step.", least=0, looked_at=False)
    last_steps: int = described(44, "More optimiser steps after the last.", least=0, looked_at=False)
    sr_ste_decay: float = described(
        0.0, "Pulls masked weights towards zero as they learn; SR-STE takes 2e-4.", least=0, looked_at=False
    )
    distill: float = described(
        0.0,
        "Share of the loss, 0 to 1, that compares with the dense network.",
        least=0,
        most=1,
        looked_at=False,
    )
    head: str = described(
        "full", "With classes the classifier keeps the user's rows alone.", choices=("full", "classes")
    )
    batch_size: int = described(64, "Images of a step.", least=1)
    learning_rate: float = described(0.05, "Falls along a cosine to zero.", above=0, looked_at=False)
    weight_decay: float = described(
        5e-4, "Pulls matrices and filters towards zero at every step.", least=0, looked_at=False
    )
    samples: int = described(96, "Images that saliency and activation densities look at.", least=1)
    calibration: int = described(512, "Images of the user's classes that batch norm is measured on.", least=1)
    values: str = described(
        "int8", "How the file holds weights.", choices=("int8", "float32"), looked_at=False
    )
    activation_samples: int = described(
        2, "Images of which the file carries which activations are not zero.", least=0
    )
    seed: int = described(
        0, "Fixes samples, shuffling and augmentation.", least=0, below=SEEDS, looked_at=False
    )

    def __post_init__(self) -> None:
        plain_fields(self)
        _require_parts(self)
        require_described(self)

    @property
    def chosen(self) -> dict[str, Any]:
        """The fields that are not at their default, as JSON has them: what names this run.

        So a field that is added later leaves the names of older runs as they were.
        """
        return _without_defaults(asdict(self))

    def is_that_of(self, stored: Any) -> bool:
        """Whether ``stored``, a configuration out of a file, perhaps of an older version, is this one."""
        return isinstance(stored, dict) and _without_defaults(stored) == self.chosen

    @property
    def looked_at(self) -> dict[str, Any]:
        """The fields that a check before the first step of a run depends on."""
        return {name: value for name, value in asdict(self).items() if about(RunConfig, name).looked_at}

    @property
    def left_names(self) -> tuple[str, ...]:
        """What ``leave`` names, for :func:`pruning.network.trace.trace_program`."""
        return parse_names(self.leave)

    @property
    def optimiser_steps(self) -> int:
        """Optimiser steps over the whole run."""
        return self.stages * self.steps + self.last_steps

    def steps_of(self, stage: int) -> int:
        """Optimiser steps after mask step ``stage``, counted from 1."""
        return self.steps + (self.last_steps if stage == self.stages else 0)


def parse_names(text: str) -> tuple[str, ...]:
    """Names of what a run leaves out from ``"attend,head.bias"``; ``"none"`` is none of them."""
    return () if text.strip() == "none" else tuple(name.strip() for name in text.split(","))


def require_no_mask_options(exempt: str, sr_ste_decay: float = 0.0, leave: tuple[str, ...] = ()) -> None:
    """Raise :class:`InputError` if a run by channels is asked for what masks alone can do."""
    if parse_rules(exempt) != DEFAULT:
        raise InputError(
            f"exempt: expected {DEFAULT_TEXT} for channels, since rules of exemption are for masks,"
            f" got {exempt!r}"
        )
    if sr_ste_decay:
        raise InputError(
            f"sr_ste_decay: expected 0 for channels, which leave no masked weights, got {sr_ste_decay:g}"
        )
    if leave:
        raise InputError(
            f"leave: expected none for channels, which follow every operation, got {','.join(leave)!r}"
        )


def _require_parts(config: RunConfig) -> None:
    """Raise :class:`InputError` unless the parts that a configuration names are there and go together."""
    # Torch comes with them, and a command that prints its help does without.
    from pruning.methods import NarrowingMethod, parse_method
    from pruning.saliencies import parse_saliency
    from pruning.schedules import parse_schedule

    method = parse_method(config.pattern)
    parse_saliency(config.saliency)
    parse_schedule(config.schedule)
    parse_rules(config.exempt)
    if isinstance(method, NarrowingMethod):
        require_no_mask_options(config.exempt, config.sr_ste_decay, config.left_names)


def _without_defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    defaults = {field.name: field.default for field in fields(RunConfig)}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if name not in defaults or value != defaults[name]
    }
