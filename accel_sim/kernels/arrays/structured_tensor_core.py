"""Compiled: a core's output channels, and the turns in which its rows are fed (rule 6a)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from accel_sim.kernels.arrays.shared.group_lists import Lists
from accel_sim.kernels.jit import kernel
from accel_sim.kernels.layer import LayerShape
from workloads.kernels.types import Counts, Ints


class FedCores(NamedTuple):
    """The tensor cores of an array and how they are fed."""

    cores: int
    out_channels: int  # of a core
    groups_per_pass: int  # that an output channel holds in its lanes
    activation_sets: int  # that a core is fed in a cycle


class _Stretches(NamedTuple):
    """Runs of a core's output channels with one list in one convolution group: int64 [most of them]."""

    of_list: Ints
    conv: Ints


@kernel
def core_out_channels(tile: int, shape: LayerShape, cores: FedCores) -> tuple[int, int]:
    """Output channels that each core takes of an m tile, the last perhaps fewer, and the tile's end (rule 1).

    A layer with convolution groups spreads a tile over all cores; else one is filled after another.
    """
    tile_m = cores.cores * cores.out_channels
    end = min((tile + 1) * tile_m, shape.m_dim)
    if shape.group_out_channels == shape.m_dim:
        return cores.out_channels, end
    return -(-(end - tile * tile_m) // cores.cores), end


@kernel
def _same_run(starts: Ints, groups: Counts, a: int, b: int, run: int, groups_per_pass: int) -> bool:
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
def _count_sets(lists: Lists, alike: _Stretches, stretches: int, run: int, groups_per_pass: int) -> int:
    """Different sets of activations that the first ``stretches`` want in a pass."""
    starts, groups = lists.starts, lists.groups
    sets = 0
    for i in range(stretches):
        if starts[alike.of_list[i]] + run * groups_per_pass >= starts[alike.of_list[i] + 1]:
            continue  # its list has ended
        new = True
        for j in range(i):
            one, other = alike.of_list[i], alike.of_list[j]
            if alike.conv[j] == alike.conv[i] and _same_run(starts, groups, one, other, run, groups_per_pass):
                new = False
                break
        sets += new
    return sets


@kernel
def feed_turns(
    lists: Lists, first: Ints, rows_per_list: int, shape: LayerShape, cores: FedCores
) -> tuple[Ints, int]:
    """Turns that feed a pass, and those of all passes if each m tile's were spread evenly (rules 6a and 9).

    Args:
        first: int64 [m tiles + 1], a tile's first pass.
        rows_per_list: consecutive rows that walk the same list.

    Returns:
        int64 [passes], and the sum over m tiles of the turns of their cores by those that have a row.
    """
    tile_m, per_pass = cores.cores * cores.out_channels, cores.groups_per_pass
    turns = np.zeros(first[-1], np.int64)
    alike = _Stretches(np.zeros(cores.out_channels, np.int64), np.zeros(cores.out_channels, np.int64))
    balanced = 0
    for tile in range(first.shape[0] - 1):
        total, working = 0, 0
        size, stop = core_out_channels(tile, shape, cores)
        for core in range(cores.cores):
            row = tile * tile_m + core * size
            end = min(row + size, stop)
            if row >= stop:
                break
            working += 1
            stretches, longest = 0, 0
            while row < end:
                of_list, conv = row // rows_per_list, row // shape.group_out_channels
                alike.of_list[stretches], alike.conv[stretches] = of_list, conv
                held = lists.starts[of_list + 1] - lists.starts[of_list]
                longest = max(longest, -(-held // per_pass))
                row = min((of_list + 1) * rows_per_list, (conv + 1) * shape.group_out_channels)
                stretches += 1
            for run in range(longest):
                sets = _count_sets(lists, alike, stretches, run, per_pass) if stretches > 1 else 1
                of_core = -(-sets // cores.activation_sets)
                total += of_core
                turns[first[tile] + run] = max(turns[first[tile] + run], of_core)
        balanced += -(-total // working)
    return turns, balanced
