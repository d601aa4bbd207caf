"""How to prune: all that decides what comes out of a run, beside the network and the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from pruning.channel.pattern import ChannelPattern
from pruning.field_types import plain_fields
from pruning.parametrize import require_decay
from pruning.patterns import parse_pattern
from pruning.saliencies import parse_saliency
from pruning.schedule import sparsity_targets
from workloads.exempt import DEFAULT, DEFAULT_TEXT, parse_rules
from workloads.inputs import InputError, did_you_mean

SALIENCY_CLASSES = ("user", "all")
HEADS = ("full", "classes")
VALUES = ("int8", "float32")
_SEEDS = 2**63  # as many as torch takes
MOST_STAGES = 10_000


@dataclass(frozen=True)
class RunConfig:
    """How to prune; every default suits a few minutes of one CPU core."""

    classes: tuple[int, ...]  # the user's class labels
    pattern: str = "crisp(2:4, block=16)"  # that the masks obey, or channel(...)
    sparsity: float = 0.9  # of all weights of convolutions and linear layers
    exempt: str = DEFAULT_TEXT  # layers that stay dense: rules of workloads.exempt, or none
    leave: str = "none"  # parameters or modules that are left out: names, comma-separated
    saliency: str = "class_gradient"  # one of pruning.saliencies
    saliency_classes: str = "user"  # or all: samples and loss of every class, blind to the user's
    schedule: str = "linear"  # one of pruning.schedule
    stages: int = 2  # mask steps
    steps: int = 12  # optimiser steps after each mask step
    last_steps: int = 44  # more of them after the last
    sr_ste_decay: float = 0.0  # pulls masked weights towards zero while they learn
    distill: float = 0.0  # share of the loss that compares with the dense network: pruning.distill
    head: str = "full"  # or classes: the classifier keeps the user's rows alone
    batch_size: int = 64  # images of an optimiser step
    learning_rate: float = 0.05  # falls along a cosine to zero
    weight_decay: float = 5e-4  # of the optimiser
    samples: int = 96  # images that saliency and activation densities look at
    calibration: int = 512  # images of the user's classes that batch norm is measured on
    values: str = "int8"  # or float32: how the artifact stores weights
    activation_samples: int = 2  # of the samples: masks of real activations that the artifact carries
    seed: int = 0  # of samples, batches and random saliency

    def __post_init__(self) -> None:
        plain_fields(self)
        pattern = parse_pattern(self.pattern)
        parse_saliency(self.saliency)
        parse_rules(self.exempt)
        _require_known("saliency_classes", self.saliency_classes, SALIENCY_CLASSES)
        _require_known("head", self.head, HEADS)
        _require_known("values", self.values, VALUES)
        if not 0 <= self.sparsity < 1:
            raise InputError(f"sparsity: expected at least 0 and less than 1, got {self.sparsity:g}")
        if not 0 <= self.distill <= 1:
            raise InputError(f"distill: expected a share from 0 to 1, got {self.distill:g}")
        if not 0 < self.learning_rate < float("inf"):
            raise InputError(f"learning_rate: expected more than 0, got {self.learning_rate:g}")
        if not 0 <= self.weight_decay < float("inf"):
            raise InputError(f"weight_decay: expected at least 0, got {self.weight_decay:g}")
        require_decay(self.sr_ste_decay)
        if isinstance(pattern, ChannelPattern):
            require_no_mask_options(self.exempt, self.sr_ste_decay, self.left_names)
        for name in ("steps", "last_steps", "activation_samples", "seed"):
            if getattr(self, name) < 0:
                raise InputError(f"{name}: expected a whole number of at least 0, got {getattr(self, name)}")
        for name in ("stages", "batch_size", "samples", "calibration"):
            if getattr(self, name) < 1:
                raise InputError(f"{name}: expected a whole number of at least 1, got {getattr(self, name)}")
        if self.stages > MOST_STAGES:  # the target of each is laid out before the first
            raise InputError(f"stages: expected at most {MOST_STAGES}, got {self.stages}")
        if self.seed >= _SEEDS:
            raise InputError(f"seed: expected less than 2^63, got {self.seed}")
        sparsity_targets(self.schedule, self.stages, self.sparsity)

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
    def left_names(self) -> tuple[str, ...]:
        """What ``leave`` names, for :func:`pruning.trace.trace_program`."""
        return parse_names(self.leave)

    @property
    def optimiser_steps(self) -> int:
        """Optimiser steps over the whole run."""
        return self.stages * self.steps + self.last_steps

    def steps_of(self, stage: int) -> int:
        """Optimiser steps after mask step ``stage``, counted from 1."""
        return self.steps + (self.last_steps if stage == self.stages else 0)


def parse_names(text: str) -> tuple[str, ...]:
    """Names from ``"attend,head.bias"``; ``"none"`` is none of them."""
    names = (name.strip() for name in text.split(","))
    return () if text.strip() == "none" else tuple(name for name in names if name)


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


def _without_defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    defaults = {field.name: field.default for field in fields(RunConfig)}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if name not in defaults or value != defaults[name]
    }


def _require_known(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise InputError(
            f"{name}: expected one of {', '.join(known)}, got {value!r}{did_you_mean(value, known)}"
        )
