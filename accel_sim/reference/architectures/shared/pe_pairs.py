"""Stepped ``gather`` that skips zeros of both operands: pairs that meet (rules 11a and 11b)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from accel_sim.machine import Machine
from accel_sim.reference.architectures.contract import (
    Cycle,
    Demand,
    MTile,
    Pass,
    Program,
    Run,
    side_by_side,
)
from accel_sim.reference.architectures.shared.cuts import conv_group_of, cut
from accel_sim.reference.architectures.shared.distribution import deal, order_of
from accel_sim.reference.operands import Numbers
from workloads.layer import Layer


class Pairs(NamedTuple):
    """Where the weights of a channel meet the activations of a column."""

    out_channel: int
    column: int
    ks: list[int]  # positions of k, bank after bank
    slots: int
    cycles: int  # with bank conflicts


@dataclass
class SkipPass(Pass):
    """A pass of pairs: a stretch of k of every channel of an m tile."""

    layer: Layer
    machine: Machine
    numbers: Numbers
    out_channels: tuple[int, ...]
    stretch: range

    def __post_init__(self) -> None:
        depth = self.machine.array["depth"]
        self._survivors = {
            out_channel: [k for k in self.stretch if self.numbers.keep[out_channel][k]]
            for out_channel in self.out_channels
        }
        self._offset_bits = (depth - 1).bit_length()  # ceil(log2(depth))
        self.stored_weights = sum(len(ks) for ks in self._survivors.values())
        counts = depth.bit_length() * len(self.out_channels)  # ceil(log2(depth + 1)) each
        self.metadata_bits = self.stored_weights * self._offset_bits + counts

    def over(self, columns: range) -> Run:
        """Deal channels and columns to PEs; all begin together."""
        array = self.machine.array
        dynamic = array.get("distribution", "row") == "dynamic"
        pe_rows, pe_columns = array["pe_rows"], min(array.get("pe_columns", 1), len(columns))
        tasks = {
            (out_channel, j): [self._meet(out_channel, column) for column in columns[j::pe_columns]]
            for out_channel in self.out_channels
            for j in range(pe_columns)
        }
        work = {key: sum(pairs.cycles for pairs in task) for key, task in tasks.items()}
        slots = {key: sum(pairs.slots for pairs in task) for key, task in tasks.items()}
        if dynamic:
            pes = pe_rows * array.get("pe_columns", 1)
            queues = deal(list(tasks), [work[key] for key in tasks], pes, True)
            busy = min(len(tasks), pes)
        else:
            queues = [
                [(out_channel, j) for out_channel in self.out_channels[i::pe_rows]]
                for i in range(min(pe_rows, len(self.out_channels)))
                for j in range(pe_columns)
            ]
            busy = len(queues)
        return Run(
            slots=max(sum(slots[key] for key in queue) for queue in queues),
            balanced=-(-sum(slots.values()) // busy),
            work=max(sum(work[key] for key in queue) for queue in queues),
            cycles=side_by_side(
                (cycle for key in queue for pairs in tasks[key] for cycle in self._cycles(pairs))
                for queue in queues
            ),
            stream=self._stream(columns),
            preload=Demand(self.stored_weights, self.metadata_bits),
            lrf_writes=self.stored_weights * pe_columns + self._activations_written(columns),
        )

    def _meet(self, out_channel: int, column: int) -> Pairs:
        """The pairs of a channel and a column, and how long they take a PE."""
        array, activations = (
            self.machine.array,
            self.numbers.unfolded[conv_group_of(self.layer, out_channel)][column],
        )
        meet = [k for k in self._survivors[out_channel] if activations[k]]
        slots = cycles = -(-len(meet) // array["lanes"])
        banks = array.get("operand_banks")
        if banks is not None:
            cycles = max(cycles, *Counter(k % banks for k in meet).values(), 0)
            meet.sort(key=lambda k: k % banks)
        return Pairs(out_channel, column, meet, slots, cycles)

    def _cycles(self, pairs: Pairs) -> Iterator[Cycle]:
        """Dealt in turn, bank after bank: no cycle has two of a bank, or more than there are lanes."""
        out_channel, column, meet, _, cycles = pairs
        weights = self.numbers.weights[out_channel]
        activations = self.numbers.unfolded[conv_group_of(self.layer, out_channel)][column]
        lanes, banks = self.machine.array["lanes"], self.machine.array.get("operand_banks")
        for i in range(cycles):
            now = meet[i::cycles]
            assert len(now) <= lanes, "more pairs than lanes"
            assert banks is None or len({k % banks for k in now}) == len(now), "a bank asked twice"
            yield Cycle(
                [(out_channel, column, weights[k], activations[k], True) for k in now],
                [(out_channel, column)] if i == cycles - 1 else [],
                2 * len(now),
                len(now) if self._offset_bits else 0,
            )

    def _non_zero(self, conv_group: int, columns: range) -> int:
        """Activations of a convolution group that are not zero, in the stretch, over some columns."""
        unfolded = self.numbers.unfolded[conv_group]
        return sum(unfolded[column][k] != 0 for column in columns for k in self.stretch)

    def _stream(self, columns: range) -> Demand:
        groups = {conv_group_of(self.layer, out_channel) for out_channel, ks in self._survivors.items() if ks}
        return Demand(
            sum(self._non_zero(group, columns) for group in groups),
            len(groups) * len(columns) * len(self.stretch),
        )

    def _activations_written(self, columns: range) -> int:
        """Every channel that has a survivor has the activations of its PEs written (rule 31)."""
        groups = [conv_group_of(self.layer, out_channel) for out_channel, ks in self._survivors.items() if ks]
        each = {group: self._non_zero(group, columns) for group in set(groups)}
        return sum(each[group] for group in groups)


def skip_program(layer: Layer, machine: Machine, numbers: Numbers) -> Program:
    """The passes of a layer on ``gather`` that skips zeros, stepped."""
    array = machine.array
    order = order_of([sum(keep) for keep in numbers.keep], array.get("distribution", "row"))
    tiles = []
    for out_channels in cut(order, array["pe_rows"] * array.get("rows_per_pe", 1)):
        stretches = [
            range(k, min(k + array["depth"], layer.k_dim)) for k in range(0, layer.k_dim, array["depth"])
        ]
        tiles.append(
            MTile(
                out_channels,
                [SkipPass(layer, machine, numbers, tuple(out_channels), stretch) for stretch in stretches],
            )
        )
    multipliers = array["pe_rows"] * array.get("pe_columns", 1) * array["lanes"]
    return Program(tuple(tiles), multipliers, compressed=True)
