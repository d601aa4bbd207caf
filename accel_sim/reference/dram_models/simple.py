"""``simple``, stepped: a path that moves so many bytes a cycle, and a latency of loads."""

from __future__ import annotations

from accel_sim.machine import Machine
from accel_sim.machine.dram_models.simple import Dram
from accel_sim.reference.dram_models.contract import Move, SteppedTransfer


class Transfer(SteppedTransfer):
    """The path of a simple DRAM: bandwidth and latency."""

    def __init__(self, machine: Machine, queue: list[Move]) -> None:
        super().__init__(machine, queue)
        dram = machine.dram
        assert isinstance(dram, Dram)
        self._rate = min(dram.bandwidth_bytes_per_cycle, machine.smem.bandwidth_bytes_per_cycle)
        self._burst, self._latency = dram.burst_bytes, dram.latency_cycles
        self._left = self._began = 0  # bytes of what is under way, and since when

    def tick(self, cycle: int) -> None:
        """Move the bytes of one cycle."""
        if not self._left and self.queue and self.queue[0].ready():
            self.queue[0].begin()
            self._left, self._began = len(self.queue[0].bursts) * self._burst, cycle
        moved = min(self._rate, self._left)
        self._left -= moved
        if moved and not self._left:
            move = self.queue.popleft()
            move.done(self._began, cycle + 1 + (0 if move.is_write else self._latency))
