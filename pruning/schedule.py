"""How sparsity grows over the stages of an iterative run."""

from __future__ import annotations

from collections.abc import Callable

from workloads.inputs import InputError, did_you_mean


def _one_shot(progress: float) -> float:  # noqa: ARG001
    return 1.0


def _linear(progress: float) -> float:
    return progress


def _cubic(progress: float) -> float:
    return 1.0 - (1.0 - progress) ** 3


# Each maps progress (0 to 1, 1 at the last stage) to the fraction of the final sparsity. Cubic is
# that of gradual pruning (Zhu, Gupta 2017): fast while weights are plenty, slow towards the end.
SCHEDULES: dict[str, Callable[[float], float]] = {"one_shot": _one_shot, "linear": _linear, "cubic": _cubic}


def sparsity_targets(name: str, stages: int, sparsity: float) -> tuple[float, ...]:
    """The sparsity that each of ``stages`` mask steps aims at; the last is ``sparsity`` itself.

    Raises:
        InputError: no schedule has that name, or there is no stage.
    """
    if name not in SCHEDULES:
        raise InputError(f"schedule: expected a known name, got {name!r}{did_you_mean(name, SCHEDULES)}")
    if stages < 1:
        raise InputError(f"stages: expected a whole number of at least 1, got {stages}")
    early = (sparsity * SCHEDULES[name](stage / stages) for stage in range(1, stages))
    return (*early, sparsity)
