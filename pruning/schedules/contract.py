"""How sparsity grows over the stages of an iterative run."""

from __future__ import annotations

import math
from collections.abc import Callable

from workloads.inputs import InputError, did_you_mean


def _one_shot(progress: float) -> float:  # noqa: ARG001
    return 1.0


def _linear(progress: float) -> float:
    return progress


def _cubic(progress: float) -> float:
    return 1.0 - (1.0 - progress) ** 3


# Each maps progress (0 to 1, 1 at the last stage) to the fraction of the final sparsity. Cubic is
# that of gradual pruning (Zhu, Gupta 2017, arXiv 1710.01878, equation 1, from a dense start): fast while
# weights are plenty, slow towards the end. Decaying N:M tightens the groups too: group_targets.
DECAYING = "decaying_nm"
SCHEDULES: dict[str, Callable[[float], float]] = {
    "one_shot": _one_shot,
    "linear": _linear,
    "cubic": _cubic,
    DECAYING: _linear,
}


def sparsity_targets(name: str, stages: int, sparsity: float) -> tuple[float, ...]:
    """The sparsity that each of ``stages`` mask steps aims at; the last is ``sparsity`` itself.

    Raises:
        InputError: no schedule has that name, or there is no stage.
    """
    _require_known(name, stages)
    early = (sparsity * SCHEDULES[name](stage / stages) for stage in range(1, stages))
    return (*early, sparsity)


def group_targets(
    name: str, stages: int, pattern: str, ratio: tuple[int, int] | None
) -> tuple[int | None, ...]:
    """How many weights of a group each of ``stages`` mask steps keeps; None: what the pattern says.

    ``decaying_nm`` goes from M:M to N:M geometrically, each stage rounded up, after the sparse structure
    decay of Kao et al., "Training Recipe for N:M Structured Sparsity with Decaying Pruning Mask" (2022,
    arXiv 2209.07617): 1:8 in three stages is 4:8, 2:8, 1:8.

    Args:
        pattern: for the message.
        ratio: its ``n_keep`` and ``m_group``; None if it has none.

    Raises:
        InputError: as :func:`sparsity_targets`, or the schedule needs N:M and the pattern has none.
    """
    _require_known(name, stages)
    if name != DECAYING:
        return (None,) * stages
    if ratio is None:
        raise InputError(f"schedule: expected a pattern with N:M for {name}, got {pattern!r}")
    n_keep, m_group = ratio
    exact = (m_group * (n_keep / m_group) ** (stage / stages) for stage in range(1, stages))
    return (*(math.ceil(value - 1e-9) for value in exact), n_keep)


def _require_known(name: str, stages: int) -> None:
    if name not in SCHEDULES:
        raise InputError(f"schedule: expected a known name, got {name!r}{did_you_mean(name, SCHEDULES)}")
    if stages < 1:
        raise InputError(f"stages: expected a whole number of at least 1, got {stages}")
