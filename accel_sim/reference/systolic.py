"""The lists of ``systolic``: every row walks all of k, one weight a lane (rules 11a and 11b)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from accel_sim.reference.walk import Group, Lists


def systolic_lists(keep: npt.NDArray[np.bool_], array: dict[str, Any]) -> Lists:
    """What each output channel of a mask, bool [m_dim, k_dim], walks on an array."""
    m_dim, k_dim = keep.shape
    rows, cols = array["rows"], array["cols"]
    # Weights shift in over the rows; the first operand meets the last multiplier rows + cols - 2 cycles late.
    ramp = 0 if array["double_buffered_weights"] else rows + (rows + cols - 2)
    return Lists(
        groups=(tuple(Group(k, 1, 0) for k in range(k_dim)),),
        list_of_row=(0,) * m_dim,
        n_keep=1,
        offset_bits=0,
        groups_per_pass=rows,
        cores=1,
        rows=cols,
        lanes=rows,
        one_conv_group=True,
        ramp_cycles=ramp,
    )
