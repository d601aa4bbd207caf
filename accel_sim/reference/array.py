"""The PE array with real integers: LRFs, muxes, adder trees, accumulators (rules 5 to 8, 30 to 32)."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from accel_sim.reference.walk import Pass

Broadcast = dict[tuple[int, int], list[int]]  # (convolution group, first k) -> activations of the group


class Lane(NamedTuple):
    """A multiplier with its LRF entry and its mux."""

    value: int
    offset: int  # which activation of the group its mux picks
    source: tuple[int, int]  # which group it listens to
    survives: bool  # the weight is in the mask: no zero that the mode cannot skip


class Lrf:
    """One half of the register files beside the multipliers: the weights of a pass, by row."""

    def __init__(self, held: Pass, word_bits: int) -> None:
        self.held = held
        self.missing_bits = held.stored_weights * word_bits + held.metadata_bits
        self.lanes: dict[int, list[Lane]] = {}

    def fill(self, weights: npt.NDArray[np.int8], keep: npt.NDArray[np.bool_]) -> None:
        """Take the weights once their last bit is there: survivors first, zeros for the lanes left."""
        for run in self.held.runs:
            lanes = self.lanes[run.row] = []
            for group in run.groups:
                source = (run.conv_group, group.k)
                offsets = [j for j in range(group.width) if keep[run.row, group.k + j]]
                slots = min(self.held.n_keep, group.width)
                assert len(offsets) <= slots, "a group with more survivors than lanes"
                lanes.extend(Lane(int(weights[run.row, group.k + j]), j, source, True) for j in offsets)
                lanes.extend([Lane(0, 0, source, False)] * (slots - len(offsets)))


class Accumulators:
    """The sums of one output tile: [rows][columns]; None where nothing was added yet."""

    def __init__(self, rows: range, columns: range) -> None:
        self.rows, self.columns = rows, columns
        self.sums: list[list[int | None]] = [[None] * len(columns) for _ in rows]

    @property
    def outputs(self) -> int:
        """Outputs of the tile."""
        return len(self.rows) * len(self.columns)


class _Wave(NamedTuple):
    """The sums of one column on their way through the pipeline."""

    due: int
    target: Accumulators
    column: int
    sums: dict[int, int]


class Array:
    """Multipliers and accumulators; counts what each does."""

    def __init__(self, pipeline_cycles: int, multipliers: int, accumulator_bytes: int) -> None:
        self._pipeline, self._multipliers, self._width = pipeline_cycles, multipliers, accumulator_bytes
        self._waves: deque[_Wave] = deque()
        self.counts = dict.fromkeys(
            (
                "macs",
                "issued_macs",
                "idle_lane_cycles",
                "lrf_reads",
                "lrf_metadata_reads",
                "rf_read_bytes",
                "rf_write_bytes",
            ),
            0,
        )

    def serve(self, cycle: int, lrf: Lrf, broadcast: Broadcast, target: Accumulators, column: int) -> None:
        """One output column: every lane multiplies what its mux picks, every row adds up its lanes."""
        sums, busy, effectual = {}, 0, 0
        for row, lanes in lrf.lanes.items():
            total = 0
            for lane in lanes:
                total += lane.value * broadcast[lane.source][lane.offset]
                effectual += lane.survives
            busy += len(lanes)
            sums[row] = total
        assert busy <= self._multipliers, "more weights than multipliers"
        self._waves.append(_Wave(cycle + 1 + self._pipeline, target, column, sums))
        self.counts["macs"] += effectual
        self.counts["issued_macs"] += busy
        self.counts["idle_lane_cycles"] += self._multipliers - busy
        self.counts["lrf_reads"] += busy
        self.counts["lrf_metadata_reads"] += busy if lrf.held.offset_bits else 0

    def retire(self, cycle: int) -> None:
        """Add the sums that leave the pipeline by the start of this cycle to their accumulators."""
        while self._waves and self._waves[0].due <= cycle:
            _, target, column, sums = self._waves.popleft()
            for row, total in sums.items():
                accumulators = target.sums[row - target.rows.start]
                before = accumulators[column - target.columns.start]
                if before is not None:
                    self.counts["rf_read_bytes"] += self._width
                accumulators[column - target.columns.start] = total + (before or 0)
                self.counts["rf_write_bytes"] += self._width

    def read_out(self, target: Accumulators, output: npt.NDArray[np.int64]) -> None:
        """Read the sums of a tile into ``output`` [m_dim, n_dim]; those that never began are zero."""
        for row, sums in zip(target.rows, target.sums, strict=True):
            for column, total in zip(target.columns, sums, strict=True):
                if total is not None:
                    self.counts["rf_read_bytes"] += self._width
                output[row, column] = total or 0
