"""``systolic``, stepped: all of k; weights, sums or activations stand still (rules 11c and 11d)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from accel_sim.machine import Machine
from accel_sim.reference.architectures.contract import (
    Cycle,
    Demand,
    MTile,
    Pass,
    Program,
    Run,
)
from accel_sim.reference.architectures.shared.column_stream import column_program
from accel_sim.reference.architectures.shared.cuts import channels_together, conv_group_of, cut
from accel_sim.reference.architectures.shared.list_walk import Group, Lists
from accel_sim.reference.operands import Numbers
from workloads.layer import Layer
from workloads.workload import MaskedLayer


def program(masked: MaskedLayer, machine: Machine, numbers: Numbers) -> Program:
    """The passes of a layer on ``systolic``, stepped."""
    array, layer = machine.array, masked.layer
    if array["dataflow"] == "weight_stationary":
        lists = row_lists(masked.mask.to_dense(), array)
        return column_program(layer, machine, numbers, lists)
    sums_stay = array["dataflow"] == "output_stationary"
    most = array["cols"] if sums_stay else array["accumulator_depth"]
    stretches = cut(range(layer.k_dim), array["rows"])
    tiles = []
    for out_channels in cut(range(layer.m_dim), channels_together(layer, most)):
        kind = OutputStationary if sums_stay else InputStationary
        passes = [
            kind(layer, numbers, out_channels, stretch, _ramp(array, last=stretch is stretches[-1]))
            for stretch in stretches
        ]
        tiles.append(MTile(out_channels, passes))
    return Program(tuple(tiles), array["rows"] * array["cols"], sums_in_lrf=sums_stay)


def _ramp(array: dict[str, Any], last: bool) -> int:
    """Rule 11d; ``last`` is the last pass of an m tile."""
    if array.get("double_buffered", False):
        return 0
    # The last operand meets the last multiplier so many cycles late.
    rows: int = array["rows"]
    skew: int = rows + array["cols"] - 2
    if array["dataflow"] == "output_stationary":
        return skew if last else 0
    return skew + rows  # what stands still shifts in over the rows


def row_lists(keep: npt.NDArray[np.bool_], array: dict[str, Any]) -> Lists:
    """Weight stationary ``systolic``: what each output channel of a mask, bool [m_dim, k_dim], walks."""
    m_dim, k_dim = keep.shape
    return Lists(
        groups=(tuple(Group(k, 1, 0) for k in range(k_dim)),),
        list_of=(0,) * m_dim,
        n_keep=1,
        offset_bits=0,
        groups_per_pass=array["rows"],
        cores=1,
        rows=array["cols"],
        lanes=array["rows"],
        one_conv_group=True,
        ramp_cycles=_ramp(array, last=False),
    )


@dataclass
class Stationary(Pass):
    """A systolic pass: some positions of k of every channel of an m tile."""

    layer: Layer
    numbers: Numbers
    out_channels: Sequence[int]
    stretch: Sequence[int]
    ramp: int

    def __post_init__(self) -> None:
        self.stored_weights, self.metadata_bits = len(self.out_channels) * len(self.stretch), 0
        self._unfolded = self.numbers.unfolded[conv_group_of(self.layer, self.out_channels[0])]

    def _cycle(
        self, out_channels: Sequence[int], columns: range, stretch: Sequence[int], lrf_reads: int
    ) -> Cycle:
        """Every weight of some channels and positions times every activation of some columns."""
        weights, keep = self.numbers.weights, self.numbers.keep
        return Cycle(
            [
                (
                    out_channel,
                    column,
                    weights[out_channel][k],
                    self._unfolded[column][k],
                    keep[out_channel][k],
                )
                for out_channel in out_channels
                for column in columns
                for k in stretch
            ],
            [(out_channel, column) for out_channel in out_channels for column in columns],
            lrf_reads,
        )


class OutputStationary(Stationary):
    """Sums stay beside the multipliers: a position of k a cycle."""

    def over(self, columns: range) -> Run:
        """Activations come in by rows, weights by columns of the array."""
        positions = len(self.stretch)
        return Run(
            slots=positions,
            balanced=positions,
            work=positions,
            cycles=(self._cycle(self.out_channels, columns, range(k, k + 1), 0) for k in self.stretch),
            stream=Demand(positions * (len(columns) + len(self.out_channels))),
            preload=Demand(),
            lrf_writes=0,  # but for the sums, which the array counts
            ramp=self.ramp,
        )


class InputStationary(Stationary):
    """Activations stay beside the multipliers: an output channel a cycle."""

    def over(self, columns: range) -> Run:
        """Weights come in by rows, sums leave by columns of the array."""
        channels, held = len(self.out_channels), len(self.stretch) * len(columns)
        return Run(
            slots=channels,
            balanced=channels,
            work=channels,
            cycles=self._channels(columns, held),
            stream=Demand(channels * len(self.stretch)),
            preload=Demand(held),
            lrf_writes=held,
            ramp=self.ramp,
        )

    def _channels(self, columns: range, held: int) -> Iterator[Cycle]:
        for out_channel in self.out_channels:
            yield self._cycle(range(out_channel, out_channel + 1), columns, self.stretch, held)
