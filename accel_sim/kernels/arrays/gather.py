"""Compiled: rows of the mask dealt onto PEs, and passes if they were spread evenly (rules 9 and 10)."""

from __future__ import annotations

import numpy as np

from accel_sim.kernels.jit import kernel
from workloads.kernels.types import Ints


@kernel
def deal_rows(row_passes: Ints, pes: int, rows_per_pe: int, dynamic: bool) -> tuple[Ints, Ints]:
    """Deal the rows of m tiles onto PEs of ``gather``, one after another.

    Args:
        row_passes: passes of each row, int64 [m_dim].
        dynamic: whether the PE that is done first takes the next row; else row i is of PE i modulo ``pes``.

    Returns:
        passes of each PE in each m tile (int64 [m tiles, pes], -1 where a PE has no row), and the pass of
        its m tile with which each row begins (int64 [m_dim]).
    """
    m_dim, tile_m = row_passes.shape[0], pes * rows_per_pe
    passes = np.full((-(-m_dim // tile_m), pes), -1, np.int64)
    begin = np.zeros(m_dim, np.int64)
    for row in range(m_dim):
        tile, pe = row // tile_m, row % tile_m % pes
        if dynamic:
            pe = 0
            for other in range(1, pes):
                if max(passes[tile, other], 0) < max(passes[tile, pe], 0):
                    pe = other
        begin[row] = max(passes[tile, pe], 0)
        passes[tile, pe] = begin[row] + row_passes[row]
    return passes, begin


@kernel
def balanced_passes(passes: Ints) -> int:
    """Passes of a layer if each m tile's were spread evenly over the cores that have rows (rule 9).

    Args:
        passes: int64 [m tiles, cores], -1 where a core has no row.
    """
    balanced = 0
    for tile in range(passes.shape[0]):
        total, working = 0, 0
        for core in range(passes.shape[1]):
            if passes[tile, core] >= 0:
                total += passes[tile, core]
                working += 1
        balanced += -(-total // working)
    return balanced
