"""Stepped: output tiles leave accumulators by SMEM's write port for a buffer (rules 25 to 28)."""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

from accel_sim.machine import Machine
from accel_sim.reference.array import Accumulators, Array
from accel_sim.reference.timeline.room import Smem
from accel_sim.reference.timeline.spans import Spans

OUTPUT_BUFFERS = 2


class WriteBack:
    """Output tiles on their way out, one at a time and in order."""

    def __init__(
        self, machine: Machine, array: Array, smem: Smem, output: npt.NDArray[np.int64], spans: Spans
    ) -> None:
        """``output`` is int64 [m_dim, n_dim], to be filled."""
        self._spans = spans
        self._machine, self._array, self._smem, self._output = machine, array, smem, output
        self._queue: deque[tuple[int, Accumulators]] = deque()
        self._left = self._began = 0  # bytes of the tile that is under way, and since when
        self.opened = 0  # output tiles that took accumulators
        self.written = 0  # output tiles in SMEM or beyond
        self.stored = 0  # output tiles in DRAM
        self.written_bytes = 0

    @property
    def accumulators_free(self) -> bool:
        """Whether one more output tile may begin (rule 25)."""
        return self.opened - self.written < self._machine.rf.buffers

    def queue(self, tile: Accumulators, cycle: int) -> None:
        """Take a tile whose last pass ended at this cycle."""
        self._queue.append((cycle + self._machine.array["pipeline_cycles"], tile))

    def settle(self, cycle: int) -> None:
        """Begin the next tile if it, the port and a buffer are ready (rules 26 and 27)."""
        if self._left or not self._queue or self._queue[0][0] > cycle:
            return
        if self.written - self.stored < OUTPUT_BUFFERS:
            self._left, self._began = self._queue[0][1].outputs * self._machine.word_bytes, cycle
            self._smem.hold(("output tile", self.written), self._left)

    def tick(self, cycle: int) -> None:
        """One cycle of the write port (rule 28)."""
        moved = min(self._left, self._machine.smem.bandwidth_bytes_per_cycle)
        self._left -= moved
        self.written_bytes += moved
        if moved and not self._left:
            _, tile = self._queue.popleft()
            self._array.read_out(tile, self._output)
            self._spans["write-back", self.written] = self._began, cycle + 1
            self.written += 1
