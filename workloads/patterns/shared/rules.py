"""Checks on the numbers of a pattern (N:M, block, density), and the best blocks of each block row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workloads.inputs import InputError
from workloads.inputs.values import whole_number
from workloads.masks import MOST_GROUP


def require_nm(n_keep: int, m_group: int) -> None:
    """Raise :class:`InputError` unless 1 <= n_keep <= m_group <= MOST_GROUP."""
    if not 1 <= n_keep <= m_group:
        raise InputError(f"pattern: expected 1 <= n_keep <= m_group, got {n_keep}:{m_group}")
    if m_group > MOST_GROUP:
        raise InputError(f"pattern: m_group: expected a whole number of at most {MOST_GROUP}, got {m_group}")


def require_block(block: int) -> None:
    """Raise :class:`InputError` unless 1 <= block <= MOST_GROUP."""
    whole_number(block, "pattern: block", 1, MOST_GROUP)


def require_density(density: float, most: float = 1.0) -> None:
    """Raise :class:`InputError` unless 0 < density <= most."""
    if not 0 < density <= most:
        raise InputError(f"pattern: density: expected more than 0 and at most {most:g}, got {density:g}")


def best_blocks_per_row(scores: npt.NDArray[np.float64], fraction: float) -> npt.NDArray[np.bool_]:
    """Keep the same number of blocks in every block row: the highest, ties to the lower index.

    Args:
        scores: float64 [block rows, block columns].
        fraction: of the blocks to keep; rounded, and never less than one block a row.
    """
    columns = scores.shape[1]
    count = min(columns, max(1, round(fraction * columns)))
    order = np.argsort(-scores, axis=1, kind="stable")[:, :count]
    keep = np.zeros(scores.shape, np.bool_)
    np.put_along_axis(keep, order, True, axis=1)
    return keep
