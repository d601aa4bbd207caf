"""What every schedule offers, and schedules written as text, ``linear``."""

from __future__ import annotations

from typing import ClassVar, Protocol

import pruning.schedules
from workloads.inputs.parts import part_from_text, part_names


class Schedule(Protocol):
    """Says how far each stage of a run goes; progress is its number over all of them, 1 at the last."""

    tightens_groups: ClassVar[bool] = False
    """Whether it needs a pattern with N:M, whose groups it tightens by :meth:`kept`."""

    def share(self, progress: float) -> float:
        """The fraction of the final sparsity that a stage aims at: it rises, and is 1 at 1."""
        ...

    def kept(self, progress: float, n_keep: int, m_group: int) -> int:  # noqa: ARG002
        """How many weights of each group a stage keeps: as the pattern says."""
        return n_keep


def schedule_names() -> list[str]:
    """Names of the schedules there are."""
    return part_names(pruning.schedules)


def parse_schedule(text: str) -> Schedule:
    """The schedule that ``text`` describes.

    Raises:
        InputError: unknown name or argument, or numbers that make no sense.
    """
    schedule: Schedule = part_from_text(pruning.schedules, text, "schedule", "Schedule")
    return schedule
