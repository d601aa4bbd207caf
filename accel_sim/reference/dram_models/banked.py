"""``banked``, stepped: the path to a DRAM with its own clock, command by command (rule 20a)."""

from __future__ import annotations

from fractions import Fraction

from accel_sim.machine import Machine
from accel_sim.reference.dram.serve import SteppedDram
from accel_sim.reference.dram_models.contract import Move, SteppedTransfer


class Transfer(SteppedTransfer):
    """The clocks of a banked DRAM within the cycles of a machine."""

    def __init__(self, machine: Machine, queue: list[Move]) -> None:
        super().__init__(machine, queue)
        device = machine.dram.loaded
        assert device is not None
        self._dram = SteppedDram(device)
        self._bursts = device.bursts
        self._cycles_per_clock: Fraction = machine.transfer.cycles_per_clock
        self._began: int | None = None  # of what is under way
        self._stores: list[tuple[int, int, Move]] = []  # on their last way: done at, began, which

    @property
    def activates(self) -> int:
        """Rows opened so far."""
        return self._dram.activates

    def tick(self, cycle: int) -> None:
        """Step the clocks of the DRAM that lie in one cycle."""
        while self._dram.clock * self._cycles_per_clock < cycle + 1:
            self._tick_clock(cycle)
        for store in [store for store in self._stores if store[0] <= cycle + 1]:
            self._stores.remove(store)
            store[2].done(store[1], store[0])

    def _tick_clock(self, cycle: int) -> None:
        if self._began is None and self.queue and self.queue[0].ready():
            move = self.queue[0]
            move.begin()
            self._began = cycle
            bursts = [burst % self._bursts for burst in move.bursts]
            self._dram.begin(bursts, [move.is_write] * len(bursts))
        batch = self._dram.tick()
        if batch is None:
            return
        move, began = self.queue.popleft(), self._began
        assert began is not None
        self._began = None
        there = -int(-max(batch.finish) * self._cycles_per_clock // 1)  # rounded up
        if move.is_write:  # its buffer is free at that cycle, and not before
            self._stores.append((there, began, move))
        else:
            move.done(began, there)
