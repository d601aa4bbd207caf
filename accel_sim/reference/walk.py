"""The passes that an array makes of lists of groups (rules 1, 4 to 7, 9 and 11), spelled out group by group.

What each row walks is said in a file of each architecture; what a pass does with a column is in
:mod:`accel_sim.reference.columns`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from accel_sim.reference.distribution import deal
from accel_sim.reference.passes import channels_together, conv_group_of, cut
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
    rows: int  # of a core, side by side
    lanes: int  # of a row
    rows_in_turn: int = 1  # that a row of a core walks one after another (rule 10)
    order: tuple[int, ...] | None = None  # of the output channels, if not as they are (rule 10)
    dynamic: bool = False  # whether the core that is done first takes the next (rule 10)
    one_conv_group: bool = False  # whether all rows see the same activations (rule 11c)
    ramp_cycles: int = 0  # that a pass takes beyond its columns (rule 11d)

    @property
    def multipliers(self) -> int:
        """Of all cores."""
        return self.cores * self.rows * self.lanes


@dataclass(frozen=True)
class RowRun:
    """What the lanes of one row hold in a pass."""

    row: int
    conv_group: int
    list_id: int
    groups: Sequence[Group]


@dataclass(frozen=True)
class ListPass:
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
class ListTile:
    """Output channels that the array holds at a time."""

    rows: tuple[int, ...]
    passes: tuple[ListPass, ...]
    balanced_passes: int


@dataclass(frozen=True)
class Walk:
    """All passes of a layer, m tile after m tile."""

    m_tiles: tuple[ListTile, ...]

    @property
    def passes(self) -> tuple[ListPass, ...]:
        """Every pass in order."""
        return tuple(p for m_tile in self.m_tiles for p in m_tile.passes)


def cut_walk(layer: Layer, lists: Lists) -> Walk:
    """Cut the rows into m tiles and their lists into passes."""
    tile_rows = lists.cores * lists.rows * lists.rows_in_turn
    if lists.one_conv_group:
        tile_rows = channels_together(layer, tile_rows)
    order = tuple(range(layer.m_dim)) if lists.order is None else lists.order
    return Walk(tuple(_cut_tile(layer, lists, tuple(rows)) for rows in cut(order, tile_rows)))


def _cut_tile(layer: Layer, lists: Lists, rows: tuple[int, ...]) -> ListTile:
    def runs_of(row: int) -> list[RowRun]:
        list_id = lists.list_of_row[row]
        return [
            RowRun(row, conv_group_of(layer, row), list_id, groups)
            for groups in cut(lists.groups[list_id], lists.groups_per_pass)
        ]

    # By core, by row of the core: the runs of groups that its lanes take, pass by pass.
    if lists.rows_in_turn > 1 or lists.dynamic:
        assert lists.rows == 1
        queues = deal(rows, [len(runs_of(row)) for row in rows], lists.cores, lists.dynamic)
        cores = [[[run for row in queue for run in runs_of(row)]] for queue in queues if queue]
    else:
        cores = [[runs_of(row) for row in core] for core in cut(rows, lists.rows)]
    # A core is as slow as its longest row, and all cores go in lockstep (rules 6, 9).
    of_cores = [max(len(walked) for walked in core) for core in cores]
    passes = [
        ListPass(
            tuple(walked[p] for core in cores for walked in core if p < len(walked)),
            lists.n_keep,
            lists.offset_bits,
        )
        for p in range(max(of_cores))
    ]
    return ListTile(rows, tuple(passes), -(-sum(of_cores) // len(of_cores)))
