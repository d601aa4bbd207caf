"""cubic: fast while weights are plenty, slow towards the end.

That of gradual pruning (Zhu, Gupta 2017, arXiv 1710.01878, equation 1, from a dense start).
"""

from __future__ import annotations

from dataclasses import dataclass

from pruning.schedules import contract


@dataclass(frozen=True)
class Schedule(contract.Schedule):
    """Gradual pruning, ``cubic``."""

    def share(self, progress: float) -> float:
        """What is left to remove falls with the third power of what is left to go."""
        return 1.0 - (1.0 - progress) ** 3
