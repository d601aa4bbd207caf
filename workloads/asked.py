"""The options of a workload beside its source, each with a sentence, for commands, sweeps and Python."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from workloads.exempt import DEFAULT_TEXT, RULES


def _option(default: Any, about: str) -> Any:
    return field(default=default, metadata={"about": about})


@dataclass(frozen=True)
class Asked:
    """The options of :func:`workloads.load_workload`, with what they are if not given."""

    pattern: str | None = _option(
        None, 'The rule of its masks, as "crisp(2:4, block=16, density=0.1)"; dense if not given.'
    )
    seed: int | None = _option(None, "Of the random scores behind a pattern's masks; 0 if not given.")
    batch: int = _option(1, "Inputs processed at once.")
    activation_density: float | None = _option(
        None,
        "Fraction of activations that are not zero, in all layers but the first; if not given, what a pruned"
        " file measured, else 1.",
    )
    exempt: str | None = _option(
        None, f"Layers that a pattern leaves dense: {', '.join(RULES)}; or none. {DEFAULT_TEXT} if not given."
    )


def about(option: str) -> str:
    """What an option of :class:`Asked` asks for, in a sentence or two."""
    return next(str(one.metadata["about"]) for one in fields(Asked) if one.name == option)
