"""What each stage of a run aims at, as its schedule says."""

from __future__ import annotations

from pruning.schedules.contract import parse_schedule
from workloads.inputs import InputError
from workloads.inputs.values import whole_number


def sparsity_targets(schedule: str, stages: int, sparsity: float) -> tuple[float, ...]:
    """The sparsity that each of ``stages`` mask steps aims at; the last is ``sparsity`` itself.

    Raises:
        InputError: no schedule has that name, or there is no stage.
    """
    rising = parse_schedule(schedule)
    stages = whole_number(stages, "stages", 1)
    early = (sparsity * rising.share(stage / stages) for stage in range(1, stages))
    return (*early, sparsity)


def group_targets(
    schedule: str, stages: int, pattern: str, ratio: tuple[int, int] | None
) -> tuple[int | None, ...]:
    """How many weights of a group each of ``stages`` mask steps keeps; None: what the pattern says.

    Args:
        pattern: for the message.
        ratio: its ``n_keep`` and ``m_group``; None if it has none.

    Raises:
        InputError: as :func:`sparsity_targets`, or the schedule needs N:M and the pattern has none.
    """
    tightening = parse_schedule(schedule)
    stages = whole_number(stages, "stages", 1)
    if not tightening.tightens_groups:
        return (None,) * stages
    if ratio is None:
        raise InputError(f"schedule: expected a pattern with N:M for {schedule}, got {pattern!r}")
    return (*(tightening.kept(stage / stages, *ratio) for stage in range(1, stages)), ratio[0])
