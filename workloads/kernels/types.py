"""Arrays that kernels take and return, by type; a number read from one is ``Any`` to a type checker."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Counts = npt.NDArray[np.int32]  # many small ones
Words = npt.NDArray[np.uint64]  # packed masks
Bools = npt.NDArray[np.bool_]
Records = npt.NDArray[np.record]  # tables with named columns
Scores = npt.NDArray[np.float32] | npt.NDArray[np.float64]


def record_of(*fields: str) -> np.dtype[np.record]:
    """The type of a table whose columns are whole numbers of those names."""
    record: Any = np.dtype((np.record, [(field, np.int64) for field in fields]))
    return record
