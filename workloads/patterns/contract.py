"""What every pattern offers: a mask from checked scores, what is wrong with a mask, its asked density."""

from __future__ import annotations

from typing import ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from workloads.inputs import InputError
from workloads.masks import KeepMask
from workloads.network import Network

Scores = npt.NDArray[np.float32] | npt.NDArray[np.float64]


class Pattern(Protocol):
    """A rule that a mask obeys."""

    narrows: ClassVar[bool] = False
    """Whether a network is pruned by :meth:`narrow` alone, and the layers that are left are dense."""

    @property
    def asked_density(self) -> float:
        """Fraction of a layer's weights that it is asked to keep; what it keeps may differ."""
        return float(getattr(self, "density", 1.0))

    @property
    def side(self) -> int:
        """Weights of a block's side; of a group where the pattern has no blocks; else 1."""
        return int(getattr(self, "block", getattr(self, "m_group", 1)))

    @property
    def rows_apart(self) -> int | None:
        """So many rows, from a multiple of it on, are chosen by their own scores; None: by all of them."""
        return None

    def narrow(self, network: Network) -> Network:
        """What is left of a network's layers before any mask: all of them, as they are."""
        return network

    def keep_mask(self, score: Scores) -> KeepMask:
        """The mask of this pattern that keeps the highest of ``score`` [m_dim, k_dim]."""
        ...

    def check(self, mask: KeepMask) -> str | None:
        """What is wrong with ``mask`` in one sentence, or None if it obeys the pattern."""
        ...


def check_scores(score: npt.ArrayLike) -> Scores:
    """``score`` as a contiguous float matrix.

    Raises:
        InputError: it is no matrix, is empty, or holds NaN.
    """
    array = np.ascontiguousarray(score)
    if array.dtype not in (np.float32, np.float64):
        array = array.astype(np.float64)
    if array.ndim != 2 or array.size == 0:
        raise InputError(f"score: expected a matrix [m_dim, k_dim], got shape {array.shape}")
    if np.isnan(array.min()):  # NaN wins every comparison of min
        raise InputError("score: expected numbers, got NaN")
    return array
