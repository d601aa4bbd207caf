"""The passes that an array makes of a mask (rules 1 and 4 to 9), spelled out group by group.

What differs between architectures, the list that each row walks, is in a file of its own each:
:mod:`accel_sim.reference.structured` (rules 2 to 4) and :mod:`accel_sim.reference.gather` (10, 11).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from workloads.layer import Layer


@dataclass(frozen=True)
class Group:
    """A stretch of k that takes ``n_keep`` lanes."""

    k: int  # its first position
    width: int  # positions; fewer at the end of k
    head_bits: int  # metadata of what begins with it: a block, a row


@dataclass(frozen=True)
class Lists:
    """What every row walks, and how the array takes it."""

    groups: tuple[tuple[Group, ...], ...]  # by list, in the order of k
    list_of_row: tuple[int, ...]  # rows of one block row share a list
    n_keep: int
    offset_bits: int  # metadata of a stored weight
    groups_per_pass: int
    cores: int
    rows: int  # of a core
    lanes: int  # of a row
    one_conv_group: bool = False  # whether all rows see the same activations (rule 11a)
    ramp_cycles: int = 0  # that a pass takes beyond its columns (rule 11b)


@dataclass(frozen=True)
class RowRun:
    """What the lanes of one row hold in a pass."""

    row: int
    conv_group: int
    list_id: int
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Pass:
    """One run of groups of every row of an m tile that still has some."""

    runs: tuple[RowRun, ...]
    n_keep: int
    offset_bits: int

    @cached_property
    def stored_weights(self) -> int:
        """Weights in LRFs, zeros included (rule 7)."""
        return sum(min(self.n_keep, group.width) for run in self.runs for group in run.groups)

    @cached_property
    def metadata_bits(self) -> int:
        """Offsets, and once a list the heads of the blocks or rows that begin here (rules 7, 11)."""
        lists = {run.list_id: run.groups for run in self.runs}
        heads = sum(group.head_bits for groups in lists.values() for group in groups)
        return self.offset_bits * self.stored_weights + heads

    @cached_property
    def stretches(self) -> tuple[tuple[int, int, int], ...]:
        """The distinct (convolution group, first k, width) that a column needs (rule 7)."""
        return tuple(sorted({(run.conv_group, g.k, g.width) for run in self.runs for g in run.groups}))

    @cached_property
    def distinct_activations(self) -> int:
        """Activations that a column asks of SMEM."""
        return sum(width for _, _, width in self.stretches)


@dataclass(frozen=True)
class MTile:
    """Consecutive output channels that the array holds at a time."""

    rows: range
    passes: tuple[Pass, ...]
    balanced_passes: int


@dataclass(frozen=True)
class Walk:
    """All passes of a layer, m tile after m tile."""

    m_tiles: tuple[MTile, ...]
    multipliers: int
    ramp_cycles: int

    @property
    def passes(self) -> tuple[Pass, ...]:
        """Every pass in order."""
        return tuple(p for m_tile in self.m_tiles for p in m_tile.passes)


def cut_walk(layer: Layer, lists: Lists) -> Walk:
    """Cut the rows into m tiles and their lists into passes."""
    tile_rows = lists.cores * lists.rows
    multipliers = tile_rows * lists.lanes
    if lists.one_conv_group and layer.groups > 1:
        of_group = layer.m_dim // layer.groups
        while tile_rows > of_group or of_group % tile_rows:
            tile_rows -= 1
    starts = range(0, layer.m_dim, tile_rows)
    tiles = [_cut_tile(layer, lists, range(i, min(i + tile_rows, layer.m_dim))) for i in starts]
    return Walk(tuple(tiles), multipliers, lists.ramp_cycles)


def _cut_tile(layer: Layer, lists: Lists, rows: range) -> MTile:
    rows_of_a_group = layer.m_dim // layer.groups

    def passes_of(row: int) -> int:
        return -(-len(lists.groups[lists.list_of_row[row]]) // lists.groups_per_pass)

    # A core is as slow as its longest row, and all cores go in lockstep (rules 6, 9).
    cores = [rows[i : i + lists.rows] for i in range(0, len(rows), lists.rows)]
    of_cores = [max(passes_of(row) for row in core) for core in cores]
    passes = []
    for p in range(max(of_cores)):
        runs = []
        for row in rows:
            list_id = lists.list_of_row[row]
            first = p * lists.groups_per_pass
            groups = lists.groups[list_id][first : first + lists.groups_per_pass]
            if groups:
                runs.append(RowRun(row, row // rows_of_a_group, list_id, groups))
        passes.append(Pass(tuple(runs), lists.n_keep, lists.offset_bits))
    return MTile(rows, tuple(passes), -(-sum(of_cores) // len(of_cores)))
