"""A framework's weight, numpy's, as the GEMM matrix [m_dim, k_dim], k ordered (r, s, c), c fastest.

A convolution's weight lies as [m, c, r, s] in memory. Flattened as it lies it has the right shape and the
wrong order: groups and blocks along k then run over filter taps, and the simulator sees another network.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from workloads.inputs import InputError


def gemm_order(weight: npt.NDArray[Any], what: str = "weight") -> npt.NDArray[Any]:
    """A convolution's weight [m, c, r, s] or a linear layer's [m, k] as a matrix [m_dim, k_dim].

    For a grouped convolution c counts the channels of one group. The result may share memory.

    Raises:
        InputError: it has neither two nor four dimensions, or is empty.
    """
    if weight.ndim not in (2, 4) or weight.size == 0:
        raise InputError(
            f"{what}: expected a weight [m, c, r, s] of a convolution or [m, k] of a linear layer,"
            f" got shape {weight.shape}"
        )
    if weight.ndim == 4:
        weight = np.moveaxis(weight, 1, 3)
    return weight.reshape(len(weight), -1)
