"""Stepped: m tiles and their lists cut into passes, group by group (rules 1, 4 to 7, 9 and 11).

What each row walks is said in a file of each architecture; what a pass does with a column is in
:mod:`accel_sim.reference.architectures.shared.column_stream`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from accel_sim.reference.architectures.shared.cuts import channels_together, conv_group_of, cut
from accel_sim.reference.architectures.shared.distribution import deal
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
    list_of: tuple[int, ...]  # by output channel; those of one block row share a list
    n_keep: int
    offset_bits: int  # metadata of a stored weight
    groups_per_pass: int
    cores: int
    rows: int  # of a core, side by side
    lanes: int  # of a row
    out_channels_in_turn: int = 1  # that a row of a core walks one after another (rule 10)
    order: tuple[int, ...] | None = None  # of the output channels, if not as they are (rule 10)
    dynamic: bool = False  # whether the core that is done first takes the next (rule 10)
    one_conv_group: bool = False  # whether all of an m tile see the same activations (rule 11c)
    ramp_cycles: int = 0  # that a pass takes beyond its columns (rule 11d)
    activation_sets: int = 1  # that a core is fed in a cycle (rule 6a)

    @property
    def multipliers(self) -> int:
        """Of all cores."""
        return self.cores * self.rows * self.lanes


@dataclass(frozen=True)
class RowRun:
    """What the lanes of a row of a core hold in a pass."""

    out_channel: int
    conv_group: int
    list_id: int
    groups: Sequence[Group]
    turn: int = 0  # in which it is fed (rule 6a)


@dataclass(frozen=True)
class ListPass:
    """A run of groups of every output channel of an m tile that still has some."""

    runs: tuple[RowRun, ...]
    n_keep: int
    offset_bits: int

    @property
    def turns(self) -> int:
        """Cycles that it takes to feed all cores one column."""
        return 1 + max(run.turn for run in self.runs)

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
    """Output channels that an array of lists holds at a time."""

    out_channels: tuple[int, ...]
    passes: tuple[ListPass, ...]
    balanced_turns: int


def cut_walk(layer: Layer, lists: Lists) -> list[ListTile]:
    """Cut the output channels into m tiles and their lists into passes."""
    tile_m = lists.cores * lists.rows * lists.out_channels_in_turn
    if lists.one_conv_group:
        tile_m = channels_together(layer, tile_m)
    order = tuple(range(layer.m_dim)) if lists.order is None else lists.order
    return [_cut_tile(layer, lists, tuple(out_channels)) for out_channels in cut(order, tile_m)]


def _cut_tile(layer: Layer, lists: Lists, out_channels: tuple[int, ...]) -> ListTile:
    def runs_of(out_channel: int) -> list[RowRun]:
        list_id = lists.list_of[out_channel]
        return [
            RowRun(out_channel, conv_group_of(layer, out_channel), list_id, groups)
            for groups in cut(lists.groups[list_id], lists.groups_per_pass)
        ]

    # By core, by row of the core: the runs of groups that its lanes take, pass by pass.
    if lists.out_channels_in_turn > 1 or lists.dynamic:
        assert lists.rows == 1
        costs = [len(runs_of(out_channel)) for out_channel in out_channels]
        queues = deal(out_channels, costs, lists.cores, lists.dynamic)
        cores = [
            [[run for out_channel in queue for run in runs_of(out_channel)]] for queue in queues if queue
        ]
    else:
        # Rule 1: with convolution groups the last tile's channels are spread over all cores.
        of_core = -(-len(out_channels) // lists.cores) if layer.groups > 1 else lists.rows
        cores = [[runs_of(out_channel) for out_channel in core] for core in cut(out_channels, of_core)]
    # All cores go in lockstep, as long as one of their rows has something left (rule 6).
    fed = [
        [
            _take_turns([walked[p] for walked in core if p < len(walked)], lists.activation_sets)
            for core in cores
        ]
        for p in range(max(len(walked) for core in cores for walked in core))
    ]
    passes = [
        ListPass(tuple(run for core in of_pass for run in core), lists.n_keep, lists.offset_bits)
        for of_pass in fed
    ]
    turns = sum(1 + max(run.turn for run in core) for of_pass in fed for core in of_pass if core)
    return ListTile(out_channels, tuple(passes), -(-turns // len(cores)))


def _take_turns(core: list[RowRun], activation_sets: int) -> list[RowRun]:
    """The rows of a core with the turn in which each is fed: sets in the order of their first rows (6a)."""
    sets: list[tuple[int, list[tuple[int, int]]]] = []
    fed = []
    for run in core:
        wanted = run.conv_group, [(group.k, group.width) for group in run.groups]
        if wanted not in sets:
            sets.append(wanted)
        fed.append(replace(run, turn=sets.index(wanted) // activation_sets))
    return fed
