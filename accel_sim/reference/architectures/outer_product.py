"""``outer_product``, stepped: condensed lines of both operands, k after k (rules 11e to 11g)."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from accel_sim.machine import Machine
from accel_sim.reference.architectures.contract import (
    Cycle,
    Demand,
    MTile,
    Pass,
    Product,
    Program,
    Run,
    side_by_side,
)
from accel_sim.reference.architectures.shared.cuts import channels_together, conv_group_of, cut
from accel_sim.reference.operands import Numbers
from workloads.layer import Layer
from workloads.workload import MaskedLayer


@dataclass
class OuterPass(Pass):
    """A pass of outer products: a stretch of k of every channel of an m tile."""

    layer: Layer
    machine: Machine
    numbers: Numbers
    out_channels: Sequence[int]
    stretch: range

    def __post_init__(self) -> None:
        keep = self.numbers.keep
        self.stored_weights = sum(
            keep[out_channel][k] for out_channel in self.out_channels for k in self.stretch
        )
        self.metadata_bits = len(self.out_channels) * len(self.stretch)
        self._unfolded = self.numbers.unfolded[conv_group_of(self.layer, self.out_channels[0])]

    def over(self, columns: range) -> Run:
        """Every core walks the stretch by itself; all begin together."""
        array = self.machine.array
        core_rows, core_columns = (
            cut(self.out_channels, array["tile_rows"]),
            cut(columns, array["tile_columns"]),
        )
        assert len(core_rows) <= array["core_rows"] and len(core_columns) <= array["core_columns"]  # noqa: PT018
        cores = [
            [
                cycle
                for k in self.stretch
                for cycle in self._position(k, list(its_channels), list(its_columns))
            ]
            for its_channels, its_columns in product(core_rows, core_columns)
        ]
        most = max(map(len, cores))
        # What meets no weight is not asked for.
        living = [
            k
            for k in self.stretch
            if any(self.numbers.keep[out_channel][k] for out_channel in self.out_channels)
        ]
        activations = sum(self._unfolded[column][k] != 0 for column in columns for k in living)
        return Run(
            slots=most,
            balanced=-(-sum(map(len, cores)) // len(cores)),
            work=most,
            cycles=side_by_side(cores),
            stream=Demand(activations, len(columns) * len(self.stretch)),
            preload=Demand(self.stored_weights, self.metadata_bits),
            lrf_writes=self.stored_weights * len(core_columns) + activations * len(core_rows),
        )

    def _position(self, k: int, out_channels: list[int], columns: list[int]) -> list[Cycle]:
        """The cycles of a core: an outer product a cycle, and merges behind it."""
        array, numbers = self.machine.array, self.numbers
        line_a = [out_channel for out_channel in out_channels if numbers.keep[out_channel][k]]
        line_b = [column for column in columns if self._unfolded[column][k]]
        # The largest first, so that merges lag behind products alone, and never wait for them.
        steps = sorted(
            product(cut(line_a, array["rows"]), cut(line_b, array["cols"])),
            key=lambda step: -len(step[0]) * len(step[1]),
        )
        cycles = []
        to_merge: deque[Product] = deque()
        while steps or to_merge:
            reads = 0
            if steps:
                of_a, of_b = steps.pop(0)
                reads = len(of_a) + len(of_b)
                for out_channel, column in product(of_a, of_b):
                    weight, activation = numbers.weights[out_channel][k], self._unfolded[column][k]
                    to_merge.append((out_channel, column, weight, activation, True))
            merged = [to_merge.popleft() for _ in range(min(array["merges_per_cycle"], len(to_merge)))]
            cycles.append(Cycle(merged, [one[:2] for one in merged], reads, reads))
        a, b = len(line_a), len(line_b)
        steps_and_merges = (
            -(-a // array["rows"]) * -(-b // array["cols"]),
            -(-a * b // array["merges_per_cycle"]),
        )
        assert len(cycles) == max(steps_and_merges), "steps and merges that did not run side by side"
        return cycles


def program(masked: MaskedLayer, machine: Machine, numbers: Numbers) -> Program:
    """The passes of a layer on ``outer_product``, stepped."""
    array, layer = machine.array, masked.layer
    tiles = []
    for out_channels in cut(
        range(layer.m_dim), channels_together(layer, array["core_rows"] * array["tile_rows"])
    ):
        passes = [
            OuterPass(layer, machine, numbers, out_channels, range(k, min(k + array["depth"], layer.k_dim)))
            for k in range(0, layer.k_dim, array["depth"])
        ]
        tiles.append(MTile(out_channels, passes))
    multipliers = array["core_rows"] * array["core_columns"] * array["rows"] * array["cols"]
    return Program(tuple(tiles), multipliers, compressed=True)
