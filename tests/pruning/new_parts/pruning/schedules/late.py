"""late: slow while weights are plenty."""

from __future__ import annotations

from dataclasses import dataclass

from pruning.schedules import contract


@dataclass(frozen=True)
class Schedule(contract.Schedule):
    """The square of progress, ``late``."""

    def share(self, progress: float) -> float:
        """A quarter half-way."""
        return progress**2
