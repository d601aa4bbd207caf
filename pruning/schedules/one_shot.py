"""one_shot: everything at the first stage; the others choose anew."""

from __future__ import annotations

from dataclasses import dataclass

from pruning.schedules import contract


@dataclass(frozen=True)
class Schedule(contract.Schedule):
    """All at once, ``one_shot``."""

    def share(self, progress: float) -> float:  # noqa: ARG002
        """The whole sparsity."""
        return 1.0
