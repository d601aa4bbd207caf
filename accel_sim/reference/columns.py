"""Passes that serve one column after another (rule 8a): lanes with muxes, an adder tree for each row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from accel_sim.machine import Machine
from accel_sim.reference.banks import most_rows, rows_asked
from accel_sim.reference.operands import Numbers
from accel_sim.reference.passes import Cycle, Demand, MTile, Pass, Program, Run
from accel_sim.reference.walk import ListPass, Lists, cut_walk
from workloads.layer import Layer


class Lane(NamedTuple):
    """A multiplier with its LRF entry and its mux."""

    row: int
    conv_group: int
    k: int  # the activation that its mux picks
    weight: int
    survives: bool  # the weight is in the mask: no zero that the mode cannot skip


@dataclass
class ColumnPass(Pass):
    """A pass over lists."""

    layer: Layer
    machine: Machine
    numbers: Numbers
    held: ListPass
    counts_as_balanced: bool  # of an m tile as many passes as the balanced ones (rule 9)
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
            slots=count,
            balanced=count if self.counts_as_balanced else 0,
            work=count * bank_rows,
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
        lanes = self._fill()
        metadata_reads = len(lanes) if self.held.offset_bits else 0
        unfolded = self.numbers.unfolded
        for column in columns:
            for _ in range(bank_rows - 1):  # until the last row of a bank is there
                yield Cycle()
            yield Cycle(
                [
                    (lane.row, column, lane.weight, unfolded[lane.conv_group][column][lane.k], lane.survives)
                    for lane in lanes
                ],
                [(run.row, column) for run in self.held.runs],
                len(lanes),
                metadata_reads,
            )

    def _fill(self) -> list[Lane]:
        """What the lanes hold: survivors first, zeros in the lanes that are left of a group."""
        lanes = []
        for run in self.held.runs:
            weights, keep = self.numbers.weights[run.row], self.numbers.keep[run.row]
            for group in run.groups:
                survivors = [k for k in range(group.k, group.k + group.width) if keep[k]]
                slots = min(self.held.n_keep, group.width)
                assert len(survivors) <= slots, "a group with more survivors than lanes"
                lanes += [Lane(run.row, run.conv_group, k, weights[k], True) for k in survivors]
                lanes += [Lane(run.row, run.conv_group, group.k, 0, False)] * (slots - len(survivors))
        return lanes


def column_program(
    layer: Layer,
    machine: Machine,
    numbers: Numbers,
    lists: Lists,
    gates: bool = False,
    compressed: bool = False,
) -> Program:
    """All passes of lists."""
    return Program(
        tuple(
            MTile(
                tile.rows,
                [
                    ColumnPass(
                        layer,
                        machine,
                        numbers,
                        held,
                        p < tile.balanced_passes,
                        compressed,
                        lists.ramp_cycles,
                    )
                    for p, held in enumerate(tile.passes)
                ],
            )
            for tile in cut_walk(layer, lists).m_tiles
        ),
        lists.multipliers,
        gates,
        compressed,
    )
