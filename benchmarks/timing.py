"""CPU time of a call in this process."""

from __future__ import annotations

import time
from collections.abc import Callable


def cpu_seconds(work: Callable[[], object], runs: int) -> list[float]:
    """CPU seconds of each of ``runs`` calls, shortest first; not of one before them, which compiles."""
    work()
    seconds = []
    for _ in range(runs):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return sorted(seconds)
