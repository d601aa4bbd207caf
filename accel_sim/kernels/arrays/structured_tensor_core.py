"""Turns in which the rows of a core are fed that want different activations (rule 6a)."""

from __future__ import annotations

import numpy as np

from accel_sim.kernels.arrays.shared.list_walk import core_rows
from accel_sim.kernels.jit import kernel


@kernel
def _same_run(starts, groups, a, b, run, groups_per_pass):
    """Whether the ``run``-th runs of the lists ``a`` and ``b`` hold the same groups."""
    if a == b:
        return True
    first_a, first_b = starts[a] + run * groups_per_pass, starts[b] + run * groups_per_pass
    held = min(groups_per_pass, starts[a + 1] - first_a)
    if held != min(groups_per_pass, starts[b + 1] - first_b):
        return False
    for i in range(held):  # noqa: SIM110  # a generator is no numba, comparing slices takes a second to compile
        if groups[first_a + i] != groups[first_b + i]:
            return False
    return True


@kernel
def _count_sets(starts, groups, which, conv, runs, run, groups_per_pass):
    """Different sets of activations that the first ``runs`` stretches of rows want in a pass."""
    sets = 0
    for i in range(runs):
        if starts[which[i]] + run * groups_per_pass >= starts[which[i] + 1]:
            continue  # its list has ended
        new = True
        for j in range(i):
            if conv[j] == conv[i] and _same_run(starts, groups, which[i], which[j], run, groups_per_pass):
                new = False
                break
        sets += new
    return sets


@kernel
def feed_turns(starts, groups, first, shape, activation_sets):
    """Turns of each pass, and those of all passes if each m tile's were spread evenly (rules 6a and 9).

    Args:
        starts, groups: of lists, as :mod:`accel_sim.kernels.arrays.shared.group_lists` says.
        first: int64 [m tiles + 1], a tile's first pass.
        shape: m_dim, rows of a list, rows of a convolution group, cores, rows of a core, groups a pass.
        activation_sets: that a core is fed in a cycle.

    Returns:
        int64 [passes], and the sum over m tiles of the turns of their cores by those that have a row.
    """
    m_dim, rows_per_list, rows_per_conv_group, cores, rows, groups_per_pass = shape
    turns = np.zeros(first[-1], np.int64)
    which, conv = np.zeros(rows, np.int64), np.zeros(rows, np.int64)  # of stretches of rows that are alike
    balanced = np.int64(0)
    for tile in range(first.shape[0] - 1):
        total, working = np.int64(0), 0
        size, stop = core_rows(tile, m_dim, cores * rows, cores, rows_per_conv_group < m_dim)
        for core in range(cores):
            row = tile * cores * rows + core * size
            end = min(row + size, stop)
            if row >= stop:
                break
            working += 1
            runs, longest = 0, np.int64(0)
            while row < end:
                which[runs], conv[runs] = row // rows_per_list, row // rows_per_conv_group
                held = starts[which[runs] + 1] - starts[which[runs]]
                longest = max(longest, -(-held // groups_per_pass))
                row = min((which[runs] + 1) * rows_per_list, (conv[runs] + 1) * rows_per_conv_group)
                runs += 1
            for run in range(longest):
                sets = _count_sets(starts, groups, which, conv, runs, run, groups_per_pass) if runs > 1 else 1
                of_core = -(-sets // activation_sets)
                total += of_core
                turns[first[tile] + run] = max(turns[first[tile] + run], of_core)
        balanced += -(-total // working)
    return turns, balanced
