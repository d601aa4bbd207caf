"""The lists of ``gather``: every row's own surviving weights, one by one (rules 10 and 11)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from accel_sim.reference.walk import Group, Lists


def gather_lists(keep: npt.NDArray[np.bool_], array: dict[str, Any]) -> Lists:
    """What each row of a mask, bool [m_dim, k_dim], walks on an array."""
    m_dim, k_dim = keep.shape
    pointer_bits = int(keep.sum()).bit_length()  # ceil(log2(survivors + 1))
    lists = []
    for row in range(m_dim):
        survivors = [k for k in range(k_dim) if keep[row, k]]
        lists.append(tuple(Group(k, 1, 0 if i else pointer_bits) for i, k in enumerate(survivors)))
    return Lists(
        groups=tuple(lists),
        list_of_row=tuple(range(m_dim)),
        n_keep=1,
        offset_bits=(k_dim - 1).bit_length(),
        groups_per_pass=array["lanes"],
        cores=array["pes"],
        rows=1,
        lanes=array["lanes"],
    )
