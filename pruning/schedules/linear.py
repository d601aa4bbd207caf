"""linear: every stage removes as much as the one before."""

from __future__ import annotations

from dataclasses import dataclass

from pruning.schedules import contract


@dataclass(frozen=True)
class Schedule(contract.Schedule):
    """Equal steps, ``linear``."""

    def share(self, progress: float) -> float:
        """As much as there is progress."""
        return progress
