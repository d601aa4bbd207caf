"""gs: load-balanced gather-scatter, equally many survivors of a row in every memory bank.

The horizontal gather-scatter pattern GS(B, B) of Sun, Qin, Zhang, Ma, Li, Luo, Zhao, Chen, Xie,
"Load-balanced Gather-scatter Patterns for Sparse Deep Neural Networks" (2021, arXiv 2112.10898). The
activation of weight k lies in bank k mod ``banks``. A gather serves one activation of each bank at a
time, so that a row whose survivors are spread evenly over the banks meets no bank conflict.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workloads.inputs.values import whole_number
from workloads.masks import MOST_GROUP, KeepMask
from workloads.patterns import contract
from workloads.patterns.contract import Scores, check_scores
from workloads.patterns.shared.rules import require_density


@dataclass(frozen=True)
class Pattern(contract.Pattern):
    """Gather-scatter sparsity, ``gs(density=0.1, banks=8)``."""

    density: float
    banks: int = 8

    def __post_init__(self) -> None:
        require_density(self.density)
        require_banks(self.banks)

    def keep_mask(self, score: Scores) -> KeepMask:
        """The groups of the highest sums that fit into the density, ties to the lower row; at least one."""
        array = check_scores(score)
        places, sums = rank_groups(array, self.banks)
        order = np.argsort(-sums, axis=None, kind="stable")
        kept = np.cumsum(np.tile(group_sizes(array.shape[1], self.banks), len(array))[order])
        count = max(1, int((kept <= self.density * array.size * (1 + 1e-12)).sum()))
        groups = np.bincount(order[:count] // sums.shape[1], minlength=len(array))
        return keep_groups(places, groups, array.shape[1])

    def check(self, mask: KeepMask) -> str | None:
        """Every bank of a row keeps as many as the fullest, or all that it has; rows are free."""
        sizes = _bank_sizes(mask.k_dim, self.banks)
        padded = np.zeros((mask.m_dim, -(-mask.k_dim // self.banks) * self.banks), np.bool_)
        padded[:, : mask.k_dim] = mask.to_dense()
        kept = padded.reshape(mask.m_dim, -1, self.banks).sum(axis=1)
        wrong = kept != np.minimum(kept.max(axis=1, keepdims=True), sizes)
        if not wrong.any():
            return None
        row = int(np.argmax(wrong.any(axis=1)))
        return f"row {row} keeps from {kept[row].min()} to {kept[row].max()} weights a bank, not equally many"


def require_banks(banks: int) -> None:
    """Raise :class:`InputError` unless 1 <= banks <= MOST_GROUP."""
    whole_number(banks, "pattern: banks", 1, MOST_GROUP)


def rank_groups(score: Scores, banks: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]:
    """The groups of each row: of every bank its j-th highest weight, ties to the lower index, make group j.

    A bank that has no j-th weight gives none, so that the last group of a row may be short.

    Returns:
        The group that each weight is in, int32 [m_dim, groups, banks] with k in the order of the matrix,
        padded; and the sum of each group's scores, float64 [m_dim, groups], made to fall along a row
        where a short group of negative scores would break that.
    """
    rows, k_dim = score.shape
    groups = -(-k_dim // banks)
    padded = np.full((rows, groups * banks), -np.inf, score.dtype)
    padded[:, :k_dim] = score
    order = np.argsort(-padded.reshape(rows, groups, banks), axis=1, kind="stable")
    places = np.empty(order.shape, np.int32)
    np.put_along_axis(places, order, np.arange(groups, dtype=np.int32)[None, :, None], axis=1)
    padded[:, k_dim:] = 0
    ranked = np.take_along_axis(padded.reshape(rows, groups, banks), order, axis=1)
    with np.errstate(invalid="ignore"):  # infinities of both signs: no number, and last
        sums = np.nan_to_num(ranked.sum(axis=2, dtype=np.float64), nan=-np.inf, posinf=np.inf, neginf=-np.inf)
    return places, np.minimum.accumulate(sums, axis=1)


def group_sizes(k_dim: int, banks: int) -> npt.NDArray[np.int64]:
    """Weights of each group of a row: all ``banks``, save the last where k does not divide."""
    groups = -(-k_dim // banks)
    sizes = np.full(groups, banks, np.int64)
    sizes[-1] = k_dim - (groups - 1) * banks
    return sizes


def keep_groups(places: npt.NDArray[np.int32], groups: npt.NDArray[np.int64], k_dim: int) -> KeepMask:
    """The mask that keeps the first ``groups`` (int64 [m_dim]) groups of each row."""
    kept = places < groups[:, None, None]
    return KeepMask.from_dense(kept.reshape(len(places), -1)[:, :k_dim])


def _bank_sizes(k_dim: int, banks: int) -> npt.NDArray[np.int64]:
    """Weights of a row that lie in each bank."""
    return (k_dim - np.arange(banks) + banks - 1) // banks
