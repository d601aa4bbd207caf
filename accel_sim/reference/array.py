"""Stepped: multipliers, pipeline and accumulators with real integers (rules 8b and 30 to 32)."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from accel_sim.reference.architectures.contract import Cycle, Place, Program


class Accumulators:
    """The stepped sums of one output tile; those to which nothing was added yet are not there."""

    def __init__(self, out_channels: Sequence[int], columns: range) -> None:
        self.out_channels, self.columns = out_channels, columns
        self.sums: dict[Place, int] = {}

    @property
    def outputs(self) -> int:
        """Outputs of the tile."""
        return len(self.out_channels) * len(self.columns)


class _Wave(NamedTuple):
    """Sums of one cycle on their way through the pipeline."""

    due: int
    target: Accumulators
    sums: list[tuple[Place, int]]


class Array:
    """Stepped multipliers and accumulators; counts what each does."""

    def __init__(
        self, program: Program, pipeline_cycles: int, accumulator_bytes: int, word_bytes: int
    ) -> None:
        self._program, self._pipeline = program, pipeline_cycles
        self._waves: deque[_Wave] = deque()
        self._adders: defaultdict[Place, int] = defaultdict(int)  # sums that are not done yet
        # Which counters an access of an accumulator belongs to, and what it adds to them.
        self._read, self._write, self._size = (
            ("lrf_reads", "lrf_writes", -(-accumulator_bytes // word_bytes))
            if program.sums_in_lrf
            else ("rf_read_bytes", "rf_write_bytes", accumulator_bytes)
        )
        self.counts = dict.fromkeys(
            (
                *("macs", "issued_macs", "gated_macs", "idle_lane_cycles"),
                *("lrf_reads", "lrf_writes", "lrf_metadata_reads", "rf_read_bytes", "rf_write_bytes"),
            ),
            0,
        )

    def take_pass(self, slots: int, lrf_writes: int) -> None:
        """Count what a pass takes, whatever its multipliers do."""
        self.counts["idle_lane_cycles"] += slots * self._program.multipliers
        self.counts["lrf_writes"] += lrf_writes

    def multiply(self, cycle: int, does: Cycle, target: Accumulators) -> None:
        """Every multiplier does its product; the sums that are done go into the pipeline."""
        assert len(does.products) <= self._program.multipliers, "more products than multipliers"
        effectual = 0
        for out_channel, column, weight, activation, survives in does.products:
            self._adders[out_channel, column] += weight * activation
            effectual += survives and (activation != 0 or not self._program.zeros_count)
        self._waves.append(
            _Wave(
                cycle + 1 + self._pipeline, target, [(place, self._adders.pop(place)) for place in does.done]
            )
        )
        busy = len(does.products)
        switching = effectual if self._program.gates else busy
        self.counts["macs"] += effectual
        self.counts["issued_macs"] += switching
        self.counts["gated_macs"] += busy - switching
        self.counts["idle_lane_cycles"] -= busy
        self.counts["lrf_reads"] += does.lrf_reads
        self.counts["lrf_metadata_reads"] += does.lrf_metadata_reads

    def end_pass(self) -> None:
        """Between two passes no sum stays behind."""
        assert not self._adders, "a sum that no accumulator took"

    def retire(self, cycle: int) -> None:
        """Add the sums that leave the pipeline by the start of this cycle to their accumulators."""
        while self._waves and self._waves[0].due <= cycle:
            _, target, sums = self._waves.popleft()
            for place, total in sums:
                before = target.sums.get(place)
                if before is not None:
                    self.counts[self._read] += self._size
                target.sums[place] = total + (before or 0)
                self.counts[self._write] += self._size

    def read_out(self, target: Accumulators, output: npt.NDArray[np.int64]) -> None:
        """Read the sums of a tile into ``output`` [m_dim, n_dim]; those that never began are zero."""
        assert not any(wave.target is target for wave in self._waves), "sums that come too late"
        self.counts[self._read] += self._size * len(target.sums)
        for place, total in target.sums.items():
            output[place] = total
