"""Types of the arrays that kernels take and return; a number read from one is ``Any`` to a type checker."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Counts = npt.NDArray[np.int32]  # many small ones
Words = npt.NDArray[np.uint64]  # packed masks
Bools = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.float32] | npt.NDArray[np.float64]
