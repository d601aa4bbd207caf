"""Stepped passes that serve column after column: lanes with muxes, an adder tree a row (rule 8a)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from accel_sim.machine import Machine
from accel_sim.reference.architectures.contract import Cycle, Demand, MTile, Pass, Product, Program, Run
from accel_sim.reference.architectures.shared.banks import most_rows, rows_asked
from accel_sim.reference.architectures.shared.list_walk import ListPass, Lists, ListTile, cut_walk
from accel_sim.reference.operands import Numbers
from workloads.layer import Layer


class Lane(NamedTuple):
    """A stepped multiplier with its LRF entry and its mux."""

    turn: int  # in which its output channel is fed
    out_channel: int
    conv_group: int
    k: int  # the activation that its mux picks
    weight: int
    survives: bool  # the weight is in the mask: no zero that the mode cannot skip

    def product(self, column: int, unfolded: list[list[list[int]]]) -> Product:
        """What it does for a column; ``unfolded`` [convolution group][column][k] are the activations."""
        return self.out_channel, column, self.weight, unfolded[self.conv_group][column][self.k], self.survives


@dataclass
class ColumnPass(Pass):
    """A pass over lists that serves column after column."""

    layer: Layer
    machine: Machine
    numbers: Numbers
    held: ListPass
    balanced_turns: int  # of an m tile as many turns as the balanced ones (rule 9)
    compressed: bool
    ramp: int

    def __post_init__(self) -> None:
        self.stored_weights, self.metadata_bits = self.held.stored_weights, self.held.metadata_bits

    def over(self, columns: range) -> Run:
        """Serve the columns in their order."""
        count, distinct = len(columns), self.held.distinct_activations
        asked = Demand(count * distinct)
        bank_rows = 1 if self.compressed else most_rows(rows_asked(self.layer, self.held, self.machine))
        if self.compressed:
            words = sum(activation != 0 for column in columns for activation in self._asked(column))
            asked = Demand(words, count * distinct)
        return Run(
            slots=count * self.held.turns,
            balanced=count * self.balanced_turns,
            work=count * max(bank_rows, self.held.turns),
            cycles=self._cycles(columns, bank_rows),
            stream=asked,
            preload=Demand(self.stored_weights, self.metadata_bits),
            lrf_writes=self.stored_weights,
            ramp=self.ramp,
        )

    def _asked(self, column: int) -> Iterator[int]:
        """The distinct activations of a column."""
        for conv_group, first, width in self.held.stretches:
            yield from self.numbers.unfolded[conv_group][column][first : first + width]

    def _cycles(self, columns: range, bank_rows: int) -> Iterator[Cycle]:
        lanes, unfolded, turns = self._fill(), self.numbers.unfolded, range(self.held.turns)
        fed = [[lane for lane in lanes if lane.turn == turn] for turn in turns]
        out_channels = [[run.out_channel for run in self.held.runs if run.turn == turn] for turn in turns]
        for column in columns:
            for _ in range(bank_rows - len(turns)):  # until the last row of a bank is there
                yield Cycle()
            for turn in turns:
                yield Cycle(
                    [lane.product(column, unfolded) for lane in fed[turn]],
                    [(out_channel, column) for out_channel in out_channels[turn]],
                    len(fed[turn]),
                    len(fed[turn]) if self.held.offset_bits else 0,
                )

    def _fill(self) -> list[Lane]:
        """What the lanes hold: survivors first, zeros in the lanes that are left of a group."""
        lanes = []
        for run in self.held.runs:
            weights, keep = self.numbers.weights[run.out_channel], self.numbers.keep[run.out_channel]
            for group in run.groups:
                survivors = [k for k in range(group.k, group.k + group.width) if keep[k]]
                slots = min(self.held.n_keep, group.width)
                assert len(survivors) <= slots, "a group with more survivors than lanes"
                lanes += [
                    Lane(run.turn, run.out_channel, run.conv_group, k, weights[k], True) for k in survivors
                ]
                empty = Lane(run.turn, run.out_channel, run.conv_group, group.k, 0, False)
                lanes += [empty] * (slots - len(survivors))
        return lanes


def column_program(
    layer: Layer,
    machine: Machine,
    numbers: Numbers,
    lists: Lists,
    gates: bool = False,
    compressed: bool = False,
) -> Program:
    """All passes of lists, which serve column after column."""
    return Program(
        tuple(
            MTile(
                tile.out_channels,
                [
                    ColumnPass(layer, machine, numbers, held, balanced, compressed, lists.ramp_cycles)
                    for held, balanced in zip(tile.passes, _balanced(tile), strict=True)
                ],
            )
            for tile in cut_walk(layer, lists)
        ),
        lists.multipliers,
        gates,
        compressed,
    )


def _balanced(tile: ListTile) -> list[int]:
    """Turns of each pass that are filed as balanced, from the first pass on until all are (rule 9)."""
    left, balanced = tile.balanced_turns, []
    for held in tile.passes:
        balanced.append(min(held.turns, left))
        left -= balanced[-1]
    return balanced
